using Conn.ActiveBackup.Client;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class WatchdogTests
{
    public static TheoryData<CallbackKind> BackupCallbacks =>
    [
        CallbackKind.AllSnapshotsSupplied, CallbackKind.ReceiveSnapshotData, CallbackKind.GetExpectedDataSize, CallbackKind.GetSnapshotData,
        CallbackKind.InitialiseGetBackupData, CallbackKind.GetBackupDataSection,
    ];

    public static TheoryData<CallbackKind> RestoreCallbacks =>
    [
        CallbackKind.ReceiveSnapshotData, CallbackKind.InitialiseRestoreBaseData, CallbackKind.RestoreBaseDataSection, CallbackKind.InitialiseRestoreIncrementData,
        CallbackKind.RestoreIncrementDataSection, CallbackKind.PrepareRestore,
    ];

    [Theory]
    [MemberData(nameof(BackupCallbacks))]
    public void An_owner_that_hangs_in_a_backup_callback_is_timed_out_alone(CallbackKind callback) => VirtualTime.Run(async time =>
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
        Assert.Contains(callback.ToString(), report.Of("hangs").Errors[^1], StringComparison.Ordinal);
        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Succeeded), (report.Of("before").Outcome, report.Of("after").Outcome));
        Assert.NotNull(report.Set);
        host.IsNormal();
        Assert.InRange(time.Elapsed - started, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(61.1));
    });

    [Theory]
    [MemberData(nameof(RestoreCallbacks))]
    public void An_owner_that_hangs_in_a_restore_callback_stops_the_restore_before_anything_changed(CallbackKind callback) => VirtualTime.Run(async time =>
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
        Assert.Equal(ErrorCode.None, report.Of("good").Error);
        Assert.False(good.Holds);
        host.IsNormal();
    });

    [Fact]
    public void An_owner_that_hangs_in_restore_complete_is_named_and_the_others_are_in_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner hangs = await host.AddOwnerAsync("hangs");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await host.BackupAsync();
        good.Set("lost");
        hangs.Hang(CallbackKind.RestoreComplete);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OperationOutcome.Failed, true), (report.Outcome, report.Committed));
        Assert.Equal(ErrorCode.TimedOut, report.Of("hangs").Error);
        Assert.Equal("good: data", good.Text());
        Assert.Single((await host.Repository.ListPendingRestoresAsync(CancellationToken.None))[0].Owners, o => !o.Completed);
        host.IsNormal();
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
        owner.On(CallbackKind.InitialiseGetBackupData, async (_, t) =>
        {
            for (int i = 0; i < 10; i++)
            {
                await time.DelayAsync(TimeSpan.FromSeconds(50), t);
                client!.ReportProgress();
            }
        });
        await host.AddAsync("slow", owner, participate: p => p with
        {
            PrepareAsync = (c, _, _) =>
            {
                client = c;
                return new(ErrorCode.None);
            },
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed > TimeSpan.FromSeconds(500));
    });

    [Fact]
    public void An_owner_that_goes_away_inside_a_callback_ends_its_part_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("dies");
        using ScriptedDataOwner stays = await host.AddOwnerAsync("stays");
        using ScriptedDataOwner dies = host.Owner("dies");
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, dies, host.ClientOptions("dies"), CancellationToken.None);
        dies.On(CallbackKind.GetBackupDataSection, async (_, _) => await client.DisposeAsync());
        await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.ServerTerminated), (report.Of("dies").Outcome, report.Of("dies").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("stays").Outcome);
        Assert.True(time.Elapsed < TimeSpan.FromSeconds(2), $"a dead owner was waited for: {time.Elapsed}");
    });
}
