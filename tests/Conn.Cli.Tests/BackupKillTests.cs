using System.Text.Json;
using Conn.Cli.Tests.Running;
using Conn.Cli.Tests.Trees;
using Conn.Engine;
using Xunit;

namespace Conn.Cli.Tests;

/// <summary>A backup that dies by SIGKILL: the repository holds the old sets, or the old sets and the new one, and the next run puts things in order.</summary>
public sealed class BackupKillTests : KillTests
{
    [Theory]
    [InlineData(OperationPhase.Planned, 1, false)]
    [InlineData(OperationPhase.ModeEntered, 1, false)]
    [InlineData(OperationPhase.SnapshotsSupplied, 2, false)]
    [InlineData(OperationPhase.OwnerReady, 1, false)]
    [InlineData(OperationPhase.DataStarted, 1, false)]
    [InlineData(OperationPhase.Section, 2, false)]
    [InlineData(OperationPhase.DataFinished, 1, false)]
    [InlineData(OperationPhase.SnapshotFinished, 2, false)]
    [InlineData(OperationPhase.OwnerFinished, 1, false)]
    [InlineData(OperationPhase.SegmentsFlushed, 1, false)]
    [InlineData(OperationPhase.ReadBack, 1, false)]
    [InlineData(OperationPhase.ManifestWritten, 1, false)]
    [InlineData(OperationPhase.Renamed, 1, true)]
    [InlineData(OperationPhase.Indexed, 1, true)]
    [InlineData(OperationPhase.Normal, 1, true)]
    public async Task After_a_kill_only_whole_sets_are_listed_and_the_next_backup_succeeds(OperationPhase phase, int nth, bool committed)
    {
        Change("b");
        (TreePrint Docs, string Ledger) third = await PrintAsync();
        await ToolRun.KilledAtAsync(phase, nth, ["backup", "--create", "--repo", Place.Repo, .. Place.Owners, "--json"]);

        (await Place.VerifyAsync()).Ends(0);
        string[] sets = await Place.SetsAsync();
        Assert.Equal(committed ? 3 : 2, sets.Length);
        Assert.Equal(Sets, sets[..2]);
        await Place.AssertCleanAsync(sets);
        await AssertRestoresAsync(sets[^1], committed ? third : Second, "out1");
        third.Docs.AssertSame(await TreePrint.OfAsync(Place.Docs), "the source");

        JsonElement report = await NextBackupAsync();
        Assert.Equal("increment", report.GetProperty("type").GetString());
        string next = report.GetProperty("set").GetString()!;
        Assert.Empty(await Place.AssertCleanAsync([.. sets, next]));
        Place.AssertNothingLeft();
        await AssertRestoresAsync(next, third, "out2");
    }

    [Theory]
    [InlineData(OperationPhase.Planned)]
    [InlineData(OperationPhase.DataFinished)]
    [InlineData(OperationPhase.Renamed)]
    public async Task The_very_first_backup_is_killed(OperationPhase phase)
    {
        using Workplace place = new Workplace().WithDocs().WithLedger();
        await ToolRun.KilledAtAsync(phase, 1, ["backup", "--create", "--repo", place.Repo, .. place.Owners]);
        string[] sets = await place.SetsAsync();
        Assert.Equal(phase == OperationPhase.Renamed ? 1 : 0, sets.Length);
        JsonElement report = (await place.BackupAsync([.. place.Owners, "--json"])).Ends(0).Json;
        Assert.Equal(phase == OperationPhase.Renamed ? "increment" : "base", report.GetProperty("type").GetString());
        Assert.Empty(await place.AssertCleanAsync([.. sets, report.GetProperty("set").GetString()!]));
        place.AssertNothingLeft();
    }
}
