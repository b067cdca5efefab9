using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A stream that is closed or full never stops the work, and what is written to it reaches no other file.</summary>
public sealed class StandardStreamsTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    [InlineData(">/dev/full")]
    [InlineData(">&-")]
    [InlineData("--json >/dev/full")]
    [InlineData("--json >&-")]
    public async Task The_work_is_done_and_can_be_restored_without_one_stream(string streams)
    {
        await ShellAsync($"backup --create DOCS {streams}", 0);
        await ShellAsync($"restore --to OUT {streams}", 0);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "docs");
        Assert.Equal(Ledger.Print(_place.Database), Ledger.Print(_place.At("out/ledger/ledger.db")));
    }

    [Theory]
    [InlineData("--json >&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    [InlineData("<&- >/dev/full 2>/dev/full")]
    public async Task The_work_is_done_and_the_code_is_that_of_the_work_without_any_stream(string streams)
    {
        await ShellAsync($"backup --create DOCS {streams}", 0);
        await ShellAsync($"backup DOCS {streams}", 0);
        await ShellAsync($"verify {streams}", 0);
        await ShellAsync($"restore --to OUT {streams}", 0);
        await ShellAsync($"restore --in-place DOCS {streams}", 0);
        await ShellAsync($"backup --dir docs=/nowhere {streams}", 2);
        await ShellAsync($"restore --to OUT {streams}", 2);
        await _place.AssertCleanAsync(await _place.SetsAsync());
        Assert.Equal(2, (await _place.SetsAsync()).Length);
        (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(_place.At("out/docs")), "docs");
        Assert.Equal(Ledger.Print(_place.Database), Ledger.Print(_place.At("out/ledger/ledger.db")));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("list --json")]
    [InlineData("show latest")]
    [InlineData("restore --in-place DOCS --dry-run")]
    [InlineData("help")]
    [InlineData("completion bash")]
    public async Task A_result_that_was_all_that_was_asked_for_ends_with_1_if_it_cannot_be_written(string line)
    {
        await _place.BackupAsync(_place.Owners);
        Assert.Contains("space", (await ShellAsync($"{line} >/dev/full", 1)).Errors, StringComparison.Ordinal);
        Assert.Contains("closed", (await ShellAsync($"{line} >&-", 1)).Errors, StringComparison.Ordinal);
        await ShellAsync($"{line} >&- 2>&-", 1);
        await ShellAsync($"{line} 2>&-", 0);
    }

    [Fact]
    public async Task What_cannot_be_written_is_a_warning_after_work_that_stands()
    {
        ToolResult result = await ShellAsync("backup --create DOCS --json >/dev/full", 0);
        Assert.Contains("warning: The result could not be written", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("conn: ", result.Errors, StringComparison.Ordinal);
    }

    private async Task<ToolResult> ShellAsync(string line, int code)
    {
        bool ofTool = line.StartsWith("help", StringComparison.Ordinal) || line.StartsWith("completion", StringComparison.Ordinal);
        string repo = ofTool ? "" : $" --repo {_place.Repo}";
        string owners = string.Join(' ', _place.Owners);
        int verbEnds = line.IndexOf(' ', StringComparison.Ordinal);
        string words = (ofTool ? line : line[..verbEnds] + repo + line[verbEnds..]).Replace("DOCS", owners, StringComparison.Ordinal).Replace("OUT",
            _place.At("out"), StringComparison.Ordinal);
        await using ToolProcess process = ToolProcess.Start("bash", [], ["-c", $"{ToolRun.Program} {words}"]);
        return (await process.EndAsync()).Ends(code);
    }
}
