using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Exit 75: a process that may open too few files says so and begins nothing.</summary>
public sealed class DescriptorTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("backup --create --dir docs=D")]
    [InlineData("list")]
    [InlineData("verify")]
    [InlineData("restore --to T")]
    [InlineData("demo")]
    public async Task Too_few_descriptors_are_one_sentence(string line)
    {
        string words = (line + (line == "demo" ? "" : $" --repo {_place.Repo}")).Replace("=D", "=" + _place.Docs, StringComparison.Ordinal).Replace(" T",
            " " + _place.At("out"), StringComparison.Ordinal);
        foreach (int limit in (int[])[64, 100, 255])
        {
            ToolResult result = await ShellAsync(limit, $"{words} --json");
            result.Fails(75, $"{limit} files", "ulimit -n 256");
            Assert.Equal("TryLater", result.Json.GetProperty("error").GetProperty("code").GetString());
            Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
        }

        Assert.False(Directory.Exists(_place.Repo) || Directory.Exists(_place.At("out")));
    }

    [Fact]
    public async Task The_least_number_of_descriptors_is_enough_and_help_needs_none()
    {
        (await ShellAsync(64, "help")).Ends(0);
        for (int i = 0; i < 40; i++)
        {
            _place.File($"home/docs/{string.Join('/', Enumerable.Range(0, i))}/f");
        }

        string owners = string.Join(' ', Enumerable.Range(0, 12).Select(i => $"--dir d{i}={_place.Docs}/{i % 5}"));
        (await ShellAsync(256, $"backup --create --repo {_place.Repo} --dir docs={_place.Docs} {owners}")).Ends(0);
        (await ShellAsync(256, $"verify --repo {_place.Repo}")).Ends(0);
        (await ShellAsync(256, $"restore --repo {_place.Repo} --to {_place.At("out")}")).Ends(0);
    }

    private static async Task<ToolResult> ShellAsync(int limit, string words)
    {
        await using ToolProcess process = ToolProcess.Start("bash", [], ["-c", $"ulimit -n {limit}; exec {ToolRun.Program} {words}"]);
        return await process.EndAsync();
    }
}
