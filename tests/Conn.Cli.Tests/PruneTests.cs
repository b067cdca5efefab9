using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Repository;
using Conn.Repository.Sets;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>conn prune, hold and release: what they say, change and end with.</summary>
public sealed class PruneTests : IDisposable
{
    private readonly Workplace _place = new Workplace().WithDocs();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_dry_run_says_what_the_run_does_and_the_sets_go_in_two_steps()
    {
        string[] sets = [await _place.BackupDocsAsync(), await _place.BackupDocsAsync(), await _place.BackupDocsAsync("--base")];
        JsonElement plan = (await PruneAsync("--keep-last", "1", "--dry-run", "--json")).Ends(0).Json;
        Assert.Equal("schemaVersion dryRun timeZone grace sets bytesToHide bytesToDelete newBaseFrees notes", Names(plan));
        JsonElement[] rows = [.. plan.GetProperty("sets").EnumerateArray()];
        Assert.Equal(["hide", "hide", "keep"], rows.Select(static row => row.GetProperty("action").GetString()));
        Assert.Equal("id sequence time action storedBytes hidden reasons", Names(rows[2]));
        Assert.Equal("owner rule number oldest neededBy text", Names(rows[2].GetProperty("reasons")[0]));
        Assert.Equal(["last 1", "last good of docs"], rows[2].GetProperty("reasons").EnumerateArray().Select(static reason => reason.GetProperty("text").GetString()));
        Assert.Equal(3, (await _place.SetsAsync()).Length);

        (await PruneAsync("--keep-last", "1")).Ends(0);
        JsonElement list = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json;
        Assert.Equal([true, true, false], list.GetProperty("sets").EnumerateArray().Select(static set => set.GetProperty("hidden").ValueKind == JsonValueKind.String));
        (await _place.RestoreAsync("--set", sets[1], "--to", _place.At("hidden"))).Ends(0);
        (await _place.RestoreAsync("--set", "latest~1", "--to", _place.At("other"))).Fails(10);

        JsonElement undone = (await PruneAsync("--undo", "--json")).Ends(0).Json;
        Assert.Equal(sets[..2], undone.GetProperty("broughtBack").EnumerateArray().Select(static set => set.GetString()));
        (await PruneAsync("--keep-last", "1")).Ends(0);
        (await PruneAsync("--keep-last", "1", "--grace", "0d")).Ends(0);
        Assert.Equal([sets[2]], await _place.SetsAsync());
        (await _place.VerifyAsync()).Ends(0);
        (await _place.RestoreAsync("--set", sets[1], "--to", _place.At("gone"))).Fails(10);
    }

    [Fact]
    public async Task A_set_that_is_kept_for_one_owner_says_of_the_other_that_it_was_pruned()
    {
        string[] docs = ["--dir", $"docs={_place.Docs}"];
        string[] ledger = ["--sqlite", $"ledger={_place.WithLedger().Database}"];
        foreach (string[] owners in (string[][])[ledger, [.. docs, .. ledger], ["--base", .. ledger], docs])
        {
            (await ToolRun.HereAsync(["backup", "--create", "--repo", _place.Repo, .. owners])).Ends(0);
        }

        // The last set continues the docs of the second, whose ledger continues the first.
        (await PruneAsync("--keep-last", "1", "--grace", "0d")).Ends(0);
        (await PruneAsync("--keep-last", "1", "--grace", "0d")).Ends(0);
        ToolResult restored = (await _place.RestoreAsync("--set", "2", "--to", _place.At("out"))).Ends(3);
        Assert.Contains("Owner ledger was pruned in set", restored.Errors, StringComparison.Ordinal);
        JsonElement document = (await _place.RestoreAsync("--set", "2", "--to", _place.At("again"), "--json")).Ends(3).Json;
        Assert.Equal("pruned", document.GetProperty("missing")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_held_set_is_listed_as_held_and_kept_until_it_is_released()
    {
        string first = await _place.BackupDocsAsync();
        await _place.BackupDocsAsync("--base");
        JsonElement held = (await ToolRun.HereAsync("hold", "--repo", _place.Repo, "1", "--why", "before the upgrade", "--json")).Ends(0).Json;
        Assert.Equal(("schemaVersion set held why", first), (Names(held), held.GetProperty("set").GetString()));
        JsonElement list = (await ToolRun.HereAsync("list", "--repo", _place.Repo, "--json")).Ends(0).Json;
        Assert.Equal("before the upgrade", list.GetProperty("sets")[0].GetProperty("held").GetProperty("why").GetString());
        ToolResult text = (await PruneAsync("--keep-last", "1", "--dry-run")).Ends(0);
        Assert.Contains("held", text.Output, StringComparison.Ordinal);
        Assert.Contains("0 to hide", text.Output, StringComparison.Ordinal);
        (await ToolRun.HereAsync("release", "--repo", _place.Repo, first)).Ends(0);
        Assert.Contains("was not held", (await ToolRun.HereAsync("release", "--repo", _place.Repo, first)).Ends(0).Output, StringComparison.Ordinal);
        Assert.Contains("1 to hide", (await PruneAsync("--keep-last", "1", "--dry-run")).Ends(0).Output, StringComparison.Ordinal);
        (await ToolRun.HereAsync("hold", "--repo", _place.Repo, "99")).Fails(10, "99");
    }

    [Fact]
    public async Task A_hold_that_was_deleted_by_hand_is_reported_and_the_set_is_kept()
    {
        string first = await _place.BackupDocsAsync();
        await _place.BackupDocsAsync("--base");
        (await ToolRun.HereAsync("hold", "--repo", _place.Repo, first)).Ends(0);
        Directory.Delete(Path.Combine(_place.Repo, "marks"), recursive: true);
        ToolResult verified = (await ToolRun.HereAsync("verify", "--repo", _place.Repo)).Ends(6);
        Assert.Contains("another program removed the hold", verified.Output, StringComparison.Ordinal);
        ToolResult pruned = (await PruneAsync("--keep-last", "1")).Ends(0);
        Assert.Contains("its mark cannot be read or is lost", pruned.Output, StringComparison.Ordinal);
        Assert.Contains("0 hidden", pruned.Output, StringComparison.Ordinal);
        (await ToolRun.HereAsync("release", "--repo", _place.Repo, first)).Ends(0);
        (await ToolRun.HereAsync("verify", "--repo", _place.Repo)).Ends(0);
        Assert.Contains("1 hidden", (await PruneAsync("--keep-last", "1")).Ends(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "Nothing would be kept")]
    [InlineData(2, "Nothing would be kept", "--keep-last", "0")]
    [InlineData(2, "Nothing would be kept", "--grace", "1d")]
    [InlineData(2, "--keep-daily -1", "--keep-daily", "-1")]
    [InlineData(2, "--keep-within 3", "--keep-within", "3")]
    [InlineData(2, "takes no other option", "--undo", "--keep-last", "1")]
    [InlineData(10, "nobody", "--keep-last", "1", "--owner", "nobody")]
    public async Task What_is_wrong_is_said_and_nothing_is_changed(int code, string says, params string[] args)
    {
        await _place.BackupDocsAsync();
        (await PruneAsync(args)).Fails(code, says);
        Assert.False(Directory.Exists(Path.Combine(_place.Repo, "marks")));
    }

    [Fact]
    public async Task The_policy_of_a_configuration_counts_when_the_line_has_none()
    {
        await _place.BackupDocsAsync();
        await _place.BackupDocsAsync("--base");
        string config = _place.At("conn.json");
        await File.WriteAllTextAsync(config, """{ "retention": { "keepLast": 1, "grace": "3d" } }""", TestContext.Current.CancellationToken);
        JsonElement plan = (await PruneAsync("--config", config, "--dry-run", "--json")).Ends(0).Json;
        Assert.Equal(("3d", "hide"), (plan.GetProperty("grace").GetString(), plan.GetProperty("sets")[0].GetProperty("action").GetString()));
        plan = (await PruneAsync("--config", config, "--keep-last", "2", "--dry-run", "--json")).Ends(0).Json;
        Assert.Equal("keep", plan.GetProperty("sets")[0].GetProperty("action").GetString());
    }

    [Fact]
    public async Task The_table_fits_80_columns()
    {
        _place.WithLedger();
        for (int i = 0; i < 4; i++)
        {
            await _place.BackupAsync(_place.Owners);
        }

        ToolResult plan = (await PruneAsync("--keep-last", "2", "--keep-yearly", "3", "--keep-within", "1h", "--dry-run")).Ends(0);
        // A terminal wraps the last column between words.
        int why = plan.Output.IndexOf("why", StringComparison.Ordinal);
        Assert.InRange(why, 1, 56);
        Assert.All(plan.Output.Split('\n').TakeWhile(static line => !line.Contains(" kept, ", StringComparison.Ordinal)),
            line => Assert.All(line[why..].Split(' '), static word => Assert.InRange(word.Length, 0, 24)));
    }

    [Fact]
    public async Task A_prune_that_is_killed_anywhere_leaves_every_kept_set_whole()
    {
        int killed = 0;
        string newest = await _place.BackupDocsAsync("--base");
        foreach (string call in new[] { "rename", "unlink", "rmdir", "fsync" })
        {
            bool wasKilled = true;
            for (int nth = 1; wasKilled; nth++)
            {
                // There is always something to hide, and what the last run hid to delete.
                newest = await _place.BackupDocsAsync("--base");
                ToolResult prune = await Strace.KillAsync(_place.At("strace"), call, nth, "prune", "--repo", _place.Repo, "--keep-last", "1", "--grace", "0d");
                wasKilled = prune.ExitCode != 0;
                killed += wasKilled ? 1 : 0;
                prune.Ends(wasKilled ? 128 + LinuxCalls.Kill : 0);
                (await _place.VerifyAsync()).Ends(0);
                (await _place.RestoreAsync("--set", newest, "--to", _place.At($"out-{call}-{nth}"))).Ends(0);
            }
        }

        (await PruneAsync("--keep-last", "1", "--grace", "0d")).Ends(0);
        (await PruneAsync("--keep-last", "1", "--grace", "0d")).Ends(0);
        Assert.Equal([newest], await _place.SetsAsync());
        JsonElement verified = (await _place.VerifyAsync()).Ends(0).Json;
        Assert.Empty(verified.GetProperty("notes").EnumerateArray());
        Assert.InRange(killed, 10, 100);
    }

    [Fact]
    public async Task A_daemon_removes_old_sets_after_a_good_backup()
    {
        _place.WithLedger();
        await using DaemonRun daemon = await DaemonRun.StartAsync(_place, """, "retention": { "keepLast": 1, "grace": "0d" }""");
        for (int i = 0; i < 3; i++)
        {
            (await daemon.AskAsync("backup", "--base", "--quiet")).Ends(0);
        }

        await daemon.Process.SaysAsync("Retention: 1 sets hidden, 1 deleted");
        Assert.Equal(2, (await _place.SetsAsync()).Length);
        (await daemon.StopAsync()).Ends(0);
        (await _place.VerifyAsync()).Ends(0);
    }

    [Fact]
    public async Task A_dry_run_over_a_thousand_sets_is_a_matter_of_a_second_or_two()
    {
        await using (BackupRepository repository = await BackupRepository.OpenOrCreateAsync(_place.Repo, new RepositoryOptions { Workers = 0 }, TestContext.Current.CancellationToken))
        {
            await using RepositoryWriterLock held = await repository.LockForWritingAsync("a test", TestContext.Current.CancellationToken);
            for (int i = 0; i < 1000; i++)
            {
                await using BackupSetWriter writer = repository.BeginSet(held, new NewBackupSet { Time = new DateTimeOffset(2023, 1, 1, 2, 0, 0, TimeSpan.Zero).AddDays(i) });
                PartWriter part = await writer.BeginPartAsync(new NewOwnerPart { Name = "docs", Sid = 1 }, TestContext.Current.CancellationToken);
                await part.CompleteAsync(new PartResult { Outcome = PartOutcome.Succeeded }, TestContext.Current.CancellationToken);
                await writer.CommitAsync(SetOutcome.Succeeded, null, TestContext.Current.CancellationToken);
            }
        }

        long started = TimeProvider.System.GetTimestamp();
        ToolResult plan = (await ToolRun.RunAsync("prune", "--repo", _place.Repo, "--keep-daily", "7", "--keep-monthly", "12", "--dry-run")).Ends(0);
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        TestContext.Current.TestOutputHelper?.WriteLine($"{took.TotalMilliseconds:0} ms");
        Assert.Contains("18 sets kept, 982 to hide", plan.Output, StringComparison.Ordinal);
        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took}.");
    }

    private static string Names(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(static p => p.Name));

    private Task<ToolResult> PruneAsync(params string[] args) => ToolRun.HereAsync(["prune", "--repo", _place.Repo, .. args]);
}
