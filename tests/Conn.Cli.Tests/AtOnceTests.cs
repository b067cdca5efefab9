using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Engine;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>Several runs at once: one does the work, the others end with a code that says why.</summary>
public sealed class AtOnceTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Of_six_first_backups_at_once_one_makes_the_repository_and_those_that_meet_it_end_with_11()
    {
        for (int round = 0; round < 3; round++)
        {
            string repo = _place.At($"repo{round}");
            string[] backup = ["backup", "--create", "--repo", repo, .. _place.DocsOwner, "--json"];
            ToolResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => ToolRun.RunAsync(backup)));

            int done = results.Count(r => r.ExitCode == 0);
            Assert.True(done >= 1, string.Join('\n', results.Select(r => r.ToString())));
            Assert.All(results.Where(r => r.ExitCode != 0), r => Assert.Equal("InUse", r.Fails(11).Json.GetProperty("error").GetProperty("code").GetString()));
            Assert.Equal(done, (await ToolRun.HereAsync("verify", "--repo", repo, "--json")).Ends(0).Json.GetProperty("sets").GetInt32());
        }
    }

    [Fact]
    public async Task While_the_first_backup_of_a_new_repository_runs_five_others_end_with_11()
    {
        string[] backup = ["backup", "--create", "--repo", _place.Repo, .. _place.DocsOwner, "--json"];
        await using ToolProcess first = ToolRun.StartUntil(OperationPhase.DataStarted, 1, LinuxCalls.Stop, backup);
        await first.StoppedAsync();
        ToolResult[] others = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => ToolRun.RunAsync(backup)));
        Assert.All(others, o => o.Fails(11, $"{first.Id}"));
        first.Signal(LinuxCalls.Continue);
        (await first.EndAsync()).Ends(0);
        Assert.Single(await _place.SetsAsync());
    }

    [Fact]
    public async Task Of_three_restores_to_one_new_folder_at_once_one_wins()
    {
        _place.File("home/docs/big", 20_000_000);
        await _place.BackupDocsAsync();
        for (int round = 0; round < 3; round++)
        {
            string target = _place.At($"out{round}");
            ToolResult[] results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ToolRun.RunAsync("restore", "--repo", _place.Repo, "--to", target,
                "--json")));
            Assert.Single(results, r => r.ExitCode == 0);
            Assert.All(results.Where(r => r.ExitCode != 0), r => Assert.True(r.ExitCode is 2 or 11, r.ToString()));
            (await TreePrint.OfAsync(_place.Docs)).AssertSame(await TreePrint.OfAsync(Path.Combine(target, "docs")), "docs");
        }
    }

    [Fact]
    public async Task A_folder_that_a_restore_is_writing_to_is_in_use_and_free_again_when_it_was_killed()
    {
        await _place.BackupDocsAsync();
        string[] restore = ["restore", "--repo", _place.Repo, "--to", _place.At("out"), "--json"];
        await using ToolProcess first = ToolRun.StartUntil(OperationPhase.Section, 1, LinuxCalls.Stop, restore);
        await first.StoppedAsync();
        (await ToolRun.HereAsync(restore)).Fails(11, "another restore", "out");
        first.Signal(LinuxCalls.Kill);
        (await first.EndAsync()).Ends(137);
        (await ToolRun.HereAsync(restore)).Ends(0);
    }
}
