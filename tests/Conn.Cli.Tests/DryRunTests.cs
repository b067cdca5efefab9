using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A dry run gives the answer of the run, names what would be replaced, and changes nothing.</summary>
public sealed class DryRunTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs().WithLedger();

    public void Dispose()
    {
        foreach (string folder in Directory.EnumerateDirectories(_place.Root, "*", SearchOption.AllDirectories).Prepend(_place.Root))
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _place.Dispose();
    }

    [Fact]
    public async Task Source_target_and_what_is_replaced_are_named()
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        TreePrint before = await TreePrint.OfAsync(_place.Root);
        ToolResult text = (await _place.RestoreAsync(["--in-place", .. _place.Owners, "--dry-run"])).Ends(0);
        Assert.Contains($"docs: from {_place.Docs} to {_place.Docs}.", text.Output, StringComparison.Ordinal);
        Assert.Contains($"ledger: from {_place.Database} to {_place.Database}.", text.Output, StringComparison.Ordinal);
        Assert.Contains("docs: note: The restore would replace a folder with 5 entries.", text.Errors, StringComparison.Ordinal);
        Assert.Contains("ledger: note: The restore would replace a file of ", text.Errors, StringComparison.Ordinal);
        JsonElement[] plan = [.. (await _place.RestoreAsync("--to", _place.At("out"), "--dry-run",
            "--json")).Ends(0).Json.GetProperty("owners").EnumerateArray()];
        Assert.Equal(["docs", "ledger"], plan.Select(p => p.GetProperty("name").GetString()));
        Assert.Equal(_place.At("out/ledger/ledger.db"), plan[1].GetProperty("target").GetString());
        Assert.Equal(_place.Docs, plan[0].GetProperty("source").GetString());
        Assert.Contains("nothing", plan[0].GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        before.AssertSame(await TreePrint.OfAsync(_place.Root), "everything");
    }

    [Fact]
    public async Task A_planned_backup_shows_what_a_plan_knows_and_no_sizes()
    {
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        string set = (await _place.SetsAsync())[0];
        string text = (await _place.BackupAsync([.. _place.Owners, "--dry-run"])).Ends(0).Output;
        Assert.Contains($"docs: increment, continues set {set}", text, StringComparison.Ordinal);
        Assert.Contains("ledger: base; ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0 B", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" ms", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_message_of_a_plan_names_a_place_that_was_not_given()
    {
        (await _place.BackupAsync(_place.Owners)).Ends(0);
        string[] launcher = await Powers.WithoutAsync();
        string data = Directory.EnumerateFiles(_place.Repo, "*.data", SearchOption.AllDirectories).First();
        await File.WriteAllBytesAsync(data, new byte[10], TestContext.Current.CancellationToken);
        foreach (string target in (string[])["out", "out/deep", new string('n', 255)])
        {
            ToolResult result = await ToolRun.RunAsync(launcher, ["restore", "--repo", _place.Repo, "--to", _place.At(target), "--dry-run"]);
            Assert.DoesNotContain(".conn-restore-", result.Output + result.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("repo", "r-x")]
    [InlineData("repo/tmp", "r-x")]
    [InlineData("repo/restores", "r-x")]
    [InlineData("home", "r-x")]
    [InlineData("home", "-wx")]
    [InlineData("home", "--x")]
    public async Task A_restore_in_place_that_permissions_forbid_gets_the_code_of_the_run(string folder, string mode)
    {
        string[] launcher = await Powers.WithoutAsync();
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        Directory.CreateDirectory(_place.At(folder));
        File.SetUnixFileMode(_place.At(folder), (UnixFileMode)(((mode[0] == 'r' ? 4 : 0) | (mode[1] == 'w' ? 2 : 0) | 1) << 6));
        string[] restore = ["restore", "--repo", _place.Repo, "--in-place", .. _place.DocsOwner];
        TreePrint before = await TreePrint.OfAsync(_place.Root);
        ToolResult dry = await ToolRun.RunAsync(launcher, [.. restore, "--dry-run"]);
        before.AssertSame(await TreePrint.OfAsync(_place.Root), "everything");
        ToolResult run = await ToolRun.RunAsync(launcher, restore);
        Assert.True(dry.ExitCode == run.ExitCode, $"{dry}\n{run}");
        Assert.Equal(folder == "repo/tmp", run.ExitCode == 0);
    }

    [Theory]
    [InlineData("shut", "out")]
    [InlineData("shut", "shut/out")]
    [InlineData("shut", "shut/deep/out")]
    public async Task A_restore_to_a_folder_that_cannot_be_made_gets_the_code_of_the_run(string shut, string target)
    {
        string[] launcher = await Powers.WithoutAsync();
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        Directory.CreateDirectory(_place.At(shut));
        File.SetUnixFileMode(_place.At(shut), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string[] restore = ["restore", "--repo", _place.Repo, "--to", _place.At(target)];
        ToolResult dry = await ToolRun.RunAsync(launcher, [.. restore, "--dry-run"]);
        ToolResult run = await ToolRun.RunAsync(launcher, restore);
        Assert.True(dry.ExitCode == run.ExitCode, $"{dry}\n{run}");
        Assert.Equal(target == "out" ? 0 : 12, run.ExitCode);
    }

    [Fact]
    public async Task A_dry_run_while_the_repository_is_written_to_ends_with_11_as_the_run_does()
    {
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        await using ToolProcess holder = ToolRun.StartUntil(Engine.OperationPhase.DataStarted, 1, LinuxCalls.Stop, ["backup", "--repo", _place.Repo,
            .. _place.DocsOwner, "--base"]);
        await holder.StoppedAsync();
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner, "--dry-run"])).Fails(11);
        (await _place.RestoreAsync(["--in-place", .. _place.DocsOwner])).Fails(11);
        holder.Signal(LinuxCalls.Continue);
        (await holder.EndAsync()).Ends(0);
    }

    [Fact]
    public async Task Another_source_is_refused_in_place_and_with_force_it_is_taken()
    {
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        string elsewhere = Path.GetDirectoryName(_place.File("home/elsewhere/mine"))!;
        string[] restore = ["--in-place", "--dir", $"docs={elsewhere}"];
        foreach (string[] how in (string[][])[["--dry-run"], []])
        {
            (await _place.RestoreAsync([.. restore, .. how])).Fails(4, _place.Docs, elsewhere, "--force");
            Assert.True(File.Exists(Path.Combine(elsewhere, "mine")));
        }

        (await _place.RestoreAsync([.. restore, "--force", "--dry-run"])).Ends(0);
        (await _place.RestoreAsync([.. restore, "--force"])).Ends(0);
        Assert.False(File.Exists(Path.Combine(elsewhere, "mine")));
        ToolResult next = (await _place.BackupAsync("--dir", $"docs={elsewhere}")).Ends(0);
        Assert.Contains(_place.Docs, next.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_in_the_way_of_a_target_is_named()
    {
        (await _place.BackupAsync(_place.DocsOwner)).Ends(0);
        string file = _place.File("file");
        foreach (string[] how in (string[][])[["--dry-run"], []])
        {
            (await _place.RestoreAsync(["--to", file, .. how])).Fails(2, file, "is a file");
            (await _place.RestoreAsync(["--to", Path.Combine(file, "out"), .. how])).Fails(2, file, "is a file");
        }
    }
}
