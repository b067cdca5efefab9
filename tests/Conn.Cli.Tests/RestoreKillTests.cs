using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Engine;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A restore in place that dies by SIGKILL: before the commit everything is old; after it the next run makes everything new; each owner is always one
/// of the two.</summary>
public sealed class RestoreKillTests : KillTests
{
    [Fact]
    public async Task What_was_written_after_a_kill_is_kept_when_the_next_run_carries_the_restore_through()
    {
        await ToolRun.KilledAtAsync(OperationPhase.Committed, 1, ["restore", "--repo", Place.Repo, "--set", Sets[^1], "--in-place", .. Place.Owners, "--json"]);
        await File.WriteAllTextAsync(Path.Combine(Place.Docs, "thesis"), "a week of work", TestContext.Current.CancellationToken);
        ToolResult next = await Place.BackupAsync(Place.Owners);
        string kept = Assert.Single(Directory.EnumerateDirectories(Path.GetDirectoryName(Place.Docs)!, "docs.before-restore-*"));
        Assert.Contains(kept, next.Output + next.Errors, StringComparison.Ordinal);
        Assert.Equal("a week of work", await File.ReadAllTextAsync(Path.Combine(kept, "thesis"), TestContext.Current.CancellationToken));
        Second.Docs.AssertSame(await TreePrint.OfAsync(Place.Docs), "docs after the next run");
    }

    [Theory]
    [InlineData(OperationPhase.Planned, 1, false)]
    [InlineData(OperationPhase.ModeEntered, 1, false)]
    [InlineData(OperationPhase.OwnerReady, 2, false)]
    [InlineData(OperationPhase.DataStarted, 1, false)]
    [InlineData(OperationPhase.Section, 1, false)]
    [InlineData(OperationPhase.Section, 3, false)]
    [InlineData(OperationPhase.DataFinished, 2, false)]
    [InlineData(OperationPhase.IncrementFinished, 1, false)]
    [InlineData(OperationPhase.Prepared, 1, false)]
    [InlineData(OperationPhase.Prepared, 2, false)]
    [InlineData(OperationPhase.Committed, 1, true)]
    [InlineData(OperationPhase.OwnerCompleted, 1, true)]
    [InlineData(OperationPhase.OwnerCompleted, 2, true)]
    [InlineData(OperationPhase.RecordClosed, 1, true)]
    [InlineData(OperationPhase.Normal, 1, true)]
    public async Task After_a_kill_every_owner_is_old_or_new_and_the_next_run_decides(OperationPhase phase, int nth, bool committed)
    {
        Change("b");
        (TreePrint Docs, string Ledger) old = await PrintAsync();
        await ToolRun.KilledAtAsync(phase, nth, ["restore", "--repo", Place.Repo, "--set", Sets[^1], "--in-place", .. Place.Owners, "--json"]);

        await Place.AssertCleanAsync(Sets);
        (TreePrint Docs, string Ledger) after = await PrintAsync();
        Assert.True(after.Ledger == old.Ledger || (committed && after.Ledger == Second.Ledger), "The ledger is neither old nor new.");
        if (!committed || !Second.Docs.IsSame(after.Docs))
        {
            old.Docs.AssertSame(after.Docs, "docs are not new, so they must be old");
        }

        JsonElement report = await NextBackupAsync();
        string next = report.GetProperty("set").GetString()!;
        Assert.Equal("increment", report.GetProperty("type").GetString());
        (TreePrint Docs, string Ledger) expected = committed ? Second : old;
        expected.Docs.AssertSame(await TreePrint.OfAsync(Place.Docs), "docs after the next run");
        Assert.Equal(expected.Ledger, Ledger.Print(Place.Database));
        Assert.Empty(await Place.AssertCleanAsync([.. Sets, next]));
        Place.AssertNothingLeft();
        await AssertRestoresAsync(next, expected, "out");
    }

    [Fact]
    public async Task A_kill_after_the_commit_is_told_by_the_run_that_rolls_forward()
    {
        Change("b");
        await ToolRun.KilledAtAsync(OperationPhase.Committed, 1, ["restore", "--repo", Place.Repo, "--set", Sets[0], "--in-place", .. Place.Owners]);

        // A run that names only one of the owners rolls that one forward, and says that the other is still to be done.
        string[] notes = Notes((await Place.BackupAsync([.. Place.DocsOwner, "--json"])).Ends(0).Json);
        Assert.Contains(notes, n => n.Contains("docs", StringComparison.Ordinal) && n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Contains(notes, n => n.Contains("ledger", StringComparison.Ordinal) && n.Contains("not finished", StringComparison.Ordinal));

        notes = Notes(await NextBackupAsync());
        Assert.Contains(notes, n => n.Contains("ledger", StringComparison.Ordinal) && n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Empty(Notes(await NextBackupAsync()));
        (await Place.RestoreAsync("--set", Sets[0], "--to", Place.At("out"))).Ends(0);
        (await TreePrint.OfAsync(Place.At("out/docs"))).AssertSame(await TreePrint.OfAsync(Place.Docs), "docs");
        Assert.Equal(Ledger.Print(Place.At("out/ledger/ledger.db")), Ledger.Print(Place.Database));
        Place.AssertNothingLeft();
    }

    [Fact]
    public async Task A_kill_of_the_run_that_rolls_forward_is_no_different()
    {
        Change("b");
        await ToolRun.KilledAtAsync(OperationPhase.Committed, 1, ["restore", "--repo", Place.Repo, "--set", Sets[^1], "--in-place", .. Place.Owners]);
        await ToolRun.KilledAtAsync(OperationPhase.OwnerCompleted, 1, ["backup", "--create", "--repo", Place.Repo, .. Place.Owners]);
        await Place.AssertCleanAsync(Sets);
        await NextBackupAsync();
        Second.Docs.AssertSame(await TreePrint.OfAsync(Place.Docs), "docs");
        Assert.Equal(Second.Ledger, Ledger.Print(Place.Database));
        Place.AssertNothingLeft();
    }

    private static string[] Notes(JsonElement report) => [.. report.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!)];
}
