using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What an owner's failure does, and what only looks like one.</summary>
public sealed class FailureTests
{
    [Fact]
    public void The_first_code_an_owner_fails_with_is_the_one_reported() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("vetoes");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner vetoes = host.Owner("vetoes");
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, vetoes, host.ClientOptions("vetoes"), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-51), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-52), HostFixture.Never);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, new ErrorCode(-51)), (report.Of("vetoes").Outcome, report.Of("vetoes").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
    });

    [Fact]
    public void A_failed_owner_cannot_become_ready_again_in_the_same_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("wavers");
        using ScriptedDataOwner wavers = host.Owner("wavers");
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, wavers, host.ClientOptions("wavers"), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-51), HostFixture.Never);

        ConnException refused = await Assert.ThrowsAnyAsync<ConnException>(async () => await client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never));
        BackupReport report = await host.BackupAsync();

        Assert.Contains("Failed", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new ErrorCode(-51), report.Of("wavers").Error);
    });

    [Fact]
    public void Progress_while_preparing_renews_the_readiness_watch() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = host.Owner("slow");
        await host.AddAsync("slow", owner, participate: p => p with
        {
            PrepareAsync = async (client, _, token) =>
            {
                for (int i = 0; i < 5; i++)
                {
                    await time.DelayAsync(TimeSpan.FromSeconds(50), token);
                    client.ReportProgress();
                }

                return ErrorCode.None;
            },
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(250));
    });

    [Fact]
    public void A_result_that_came_first_wins_over_the_watchdog_of_the_same_instant() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("close");
        using ScriptedDataOwner owner = host.Owner("close");
        owner.On(CallbackKind.GetExpectedDataSize, (_, _) =>
        {
            // Due in the very instant in which the watchdog is, which begins after this call.
            TaskCompletionSource due = new();
            time.Scheduler.Schedule(TimeSpan.FromSeconds(60), due.SetResult);
            return new ValueTask(due.Task);
        });
        IEngineSession session = await host.Engine.AcceptAsync(sid, new DirectEndpoint(owner), HostFixture.Never);
        await session.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.None), (report.Outcome, report.Of("close").Error));
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(60));
    });

    [Fact]
    public void A_session_of_an_operation_that_is_over_can_say_nothing_any_more() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("stale");
        using ScriptedDataOwner owner = host.Owner("stale");
        IEngineSession session = await host.Engine.AcceptAsync(sid, new DirectEndpoint(owner), HostFixture.Never);
        await session.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
        await host.BackupAsync();
        IEngineSession next = await host.Engine.AcceptAsync(sid, new DirectEndpoint(owner), HostFixture.Never);

        ConnException refused = await Assert.ThrowsAnyAsync<ConnException>(async () => await session.ConfirmReadyForBurAsync(new ErrorCode(-51), HostFixture.Never));

        Assert.Equal(ErrorCode.ServerTerminated, refused.Code);
        (DataOwnerRegistration _, DataOwnerStatus status, ErrorCode code) = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        Assert.Equal((DataOwnerStatus.NotReady, ErrorCode.None), (status, code));
        await next.DisposeAsync();
    });

    [Fact]
    public void A_client_that_closes_while_its_Terminate_hangs_is_waited_for_no_longer() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, owner, host.ClientOptions("one"), HostFixture.Never);
        owner.Fail(CallbackKind.GetExpectedDataSize, ErrorCode.DiskFull);
        owner.On(CallbackKind.TerminateMultiStageOperation, async (_, _) =>
        {
            await time.DelayAsync(TimeSpan.FromSeconds(1), HostFixture.Never);
            _ = client.DisposeAsync().AsTask();
            await time.DelayAsync(TimeSpan.FromHours(1), HostFixture.Never);
        });
        Task<BackupReport> running = host.BackupAsync();
        await client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);

        BackupReport report = await running;

        Assert.Equal(ErrorCode.DiskFull, report.Of("one").Error);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    });

    /// <summary>A connection without a scheduler of its own between the engine and the owner.</summary>
    private sealed class DirectEndpoint(ScriptedDataOwner owner) : IOwnerEndpoint
    {
        public IActiveBackupDataClient? Callbacks => owner;

        public TimeSpan Lease => TimeSpan.FromSeconds(90);

        public void BeginOperation(BurModeInfo mode)
        {
        }

        public void RenewLease()
        {
        }

        public void EndSession(ErrorCode reason)
        {
        }
    }
}
