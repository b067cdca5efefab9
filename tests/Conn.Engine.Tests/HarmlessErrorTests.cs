using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Errors that an owner confirms where they change nothing: outside its operations, and once its data is stored.</summary>
public sealed class HarmlessErrorTests
{
    private static readonly ErrorCode Own = new(-79);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    [Fact]
    public void An_error_confirmed_while_no_operation_runs_is_forgotten_with_the_session() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient first = await host.ConnectAsync(sid, owner);
        await first.ConfirmReadyForBurAsync(Own, HostFixture.Never);
        OwnerStanding failed = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        await first.DisposeAsync();
        OwnerStanding closed = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));

        await host.ConnectReadyAsync(sid, owner);
        BackupReport report = await host.BackupAsync();

        Assert.Equal((DataOwnerStatus.Failed, Own), (failed.Status, failed.Error));
        Assert.Equal((DataOwnerStatus.NotConnected, ErrorCode.Success), (closed.Status, closed.Error));
        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.Success), (report.Outcome, report.Of("one").Error));
    });

    [Fact]
    public void An_error_confirmed_while_the_owner_is_being_terminated_does_not_end_the_wait_for_its_termination() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, owner);
        using CancellationTokenSource abort = new();
        TimeSpan terminated = TimeSpan.Zero;
        TimeSpan normal = TimeSpan.Zero;
        owner.On(OwnerCallKind.GetExpectedDataSize, (_, t) =>
        {
            abort.Cancel();
            return new ValueTask(time.DelayAsync(TenMinutes, t));
        });
        owner.On(OwnerCallKind.TerminateMultiStageOperation, async (_, _) =>
        {
            await time.DelayAsync(TimeSpan.FromSeconds(1), HostFixture.Never);
            await client.ConfirmReadyForBurAsync(Own, HostFixture.Never);
            await time.DelayAsync(TimeSpan.FromSeconds(1), HostFixture.Never);
            terminated = time.Elapsed;
        });
        using IDisposable watch = host.Engine.Progress.Subscribe(p => normal = p.Phase == OperationPhase.Normal ? time.Elapsed : normal);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.BackupAsync(abort: abort.Token));

        Assert.InRange(terminated, TimeSpan.FromSeconds(2), normal);
    });

    [Fact]
    public void An_error_confirmed_in_an_operation_of_others_is_forgotten_with_the_session() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("other");
        using ScriptedDataOwner other = host.Owner("other");
        using ScriptedDataOwner one = await host.AddOwnerAsync("one");
        one.On(OwnerCallKind.InitialiseGetBackupData, async (call, t) =>
        {
            if (call == 0)
            {
                ActiveBackupClient client = await host.ConnectAsync(sid, other);
                await client.ConfirmReadyForBurAsync(Own, t);
                await client.DisposeAsync();
            }
        });

        await host.BackupAsync(r => r with { Owners = [new SecureId(0x30000002)] });
        await host.ConnectReadyAsync(sid, other);
        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
    });

    [Fact]
    public void An_error_confirmed_after_the_data_is_stored_does_not_change_the_part() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        SecureId sid = await host.RegisterAsync("stored");
        using ScriptedDataOwner stored = host.Owner("stored");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, stored);
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow");
        using FailureWatch failures = new(host);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TenMinutes);
        await client.ConfirmReadyForBurAsync(Own, HostFixture.Never);
        BackupReport report = await running;

        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.Success), (report.Outcome, report.Of("stored").Error));
        Assert.Empty(failures.Owners);
    });
}
