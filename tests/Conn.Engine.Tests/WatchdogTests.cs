using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class WatchdogTests
{
    public static TheoryData<OwnerCallKind> BackupCallbacks =>
    [
        OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.GetExpectedDataSize, OwnerCallKind.GetSnapshotData,
        OwnerCallKind.InitialiseGetBackupData, OwnerCallKind.GetBackupDataSection,
    ];

    public static TheoryData<OwnerCallKind> RestoreCallbacks =>
    [
        OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.RestoreBaseDataSection,
            OwnerCallKind.InitialiseRestoreIncrementData,
        OwnerCallKind.RestoreIncrementDataSection, OwnerCallKind.PrepareRestore,
    ];

    [Theory]
    [MemberData(nameof(BackupCallbacks))]
    public void An_owner_that_hangs_in_a_backup_callback_is_timed_out_alone(OwnerCallKind callback) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner before = await host.AddOwnerAsync("before");
        using ScriptedDataOwner hangs = await host.AddOwnerAsync("hangs");
        using ScriptedDataOwner after = await host.AddOwnerAsync("after");
        await host.BackupAsync();
        hangs.Hang(callback);
        TimeSpan started = time.Elapsed;

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.TimedOut), (report.Of("hangs").Outcome, report.Of("hangs").Error));
        Assert.Equal(callback, report.Of("hangs").FailedCall);
        Assert.Contains("No progress for 60 s (the no-progress time-out) while it ", report.Of("hangs").Errors[^1], StringComparison.Ordinal);
        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Succeeded), (report.Of("before").Outcome, report.Of("after").Outcome));
        Assert.NotNull(report.Set);
        host.AssertNormal();
        Assert.InRange(time.Elapsed - started, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61.1));
    });

    [Theory]
    [MemberData(nameof(RestoreCallbacks))]
    public void An_owner_that_hangs_in_a_restore_callback_stops_the_restore_before_anything_changed(OwnerCallKind callback) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner hangs = await host.AddOwnerAsync("hangs");
        await host.BackupAsync();
        hangs.Set("second");
        await host.BackupAsync();
        good.Set("mine");
        hangs.Set("mine too");
        hangs.Hang(callback);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Failed, false), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, ErrorCode.TimedOut), (report.Of("hangs").Outcome, report.Of("hangs").Error));
        Assert.Equal(("mine", "mine too"), (good.Text(), hangs.Text()));
        Assert.Equal(ErrorCode.Success, report.Of("good").Error);
        Assert.False(good.Holds);
        host.AssertNormal();
    });

    [Fact]
    public void An_owner_that_hangs_in_restore_complete_is_named_and_the_others_are_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner hangs = await host.AddOwnerAsync("hangs");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackupAsync();
        good.Set("lost");
        hangs.Hang(OwnerCallKind.RestoreComplete);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Failed, true), (report.Outcome, report.Committed));
        Assert.Equal(ErrorCode.TimedOut, report.Of("hangs").Error);
        Assert.Equal("good: data", good.Text());
        Assert.Single((await host.Repository.Restores.ListPendingAsync(HostFixture.Never))[0].Owners, o => !o.Completed);
        host.AssertNormal();
    });

    [Fact]
    public void An_owner_that_never_connects_is_timed_out_and_the_others_finish() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        await host.RegisterAsync("absent");
        using ScriptedDataOwner here = await host.AddOwnerAsync("here");

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.TimedOut), (report.Of("absent").Outcome, report.Of("absent").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("here").Outcome);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61));
    });

    [Fact]
    public void Progress_keeps_a_long_callback_alive() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("slow");
        ActiveBackupClient? client = null;
        owner.On(OwnerCallKind.InitialiseGetBackupData, async (_, t) =>
        {
            for (int i = 0; i < 10; i++)
            {
                await time.DelayAsync(TimeSpan.FromSeconds(50), t);
                client!.ReportProgress();
            }
        });
        await host.AddAsync("slow", owner, participate: p => p.WithClient(c => client = c));

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed > TimeSpan.FromSeconds(500));
    });

    [Fact]
    public void An_owner_that_closes_its_client_in_a_callback_ends_its_part_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("leaves");
        using ScriptedDataOwner stays = await host.AddOwnerAsync("stays");
        using ScriptedDataOwner leaves = host.Owner("leaves");
        ActiveBackupClient client = await host.ConnectAsync(sid, leaves);
        leaves.On(OwnerCallKind.GetBackupDataSection, async (_, _) => await client.DisposeAsync());
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.ServerTerminated), (report.Of("leaves").Outcome, report.Of("leaves").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("stays").Outcome);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(2), $"expected no wait for a closed owner, actual {time.Elapsed}");
    });
}
