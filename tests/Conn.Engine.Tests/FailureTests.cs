using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>What an owner's failure does, and what only looks like a failure.</summary>
public sealed class FailureTests
{
    [Fact]
    public void The_first_code_an_owner_fails_with_is_the_one_reported() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("refuses");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner refuses = host.Owner("refuses");
        await using ActiveBackupClient client = await host.ConnectAsync(sid, refuses);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-51), HostFixture.Never);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-52), HostFixture.Never);

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, new ErrorCode(-51)), (report.Of("refuses").Outcome, report.Of("refuses").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
    });

    [Fact]
    public void A_failed_owner_cannot_become_ready_again_in_the_same_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("unsure");
        using ScriptedDataOwner unsure = host.Owner("unsure");
        await using ActiveBackupClient client = await host.ConnectAsync(sid, unsure);
        await client.ConfirmReadyForBurAsync(new ErrorCode(-51), HostFixture.Never);

        ConnException refused = await Assert.ThrowsAnyAsync<ConnException>(async () => await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never));
        BackupReport report = await host.BackupAsync();

        Assert.Contains("Failed", refused.Message, StringComparison.Ordinal);
        Assert.Equal(new ErrorCode(-51), report.Of("unsure").Error);
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

                return ErrorCode.Success;
            },
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(250));
    });

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void A_result_that_comes_in_the_instant_of_the_watchdog_but_before_it_counts(int ticksLater, bool counts) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("close");
        TaskCompletionSource<OwnerCallResult> due = new();
        IEngineSession session = await host.Engine.AcceptAsync(new OwnerConnection(sid, new TestChannel((call, _) =>
        {
            if (call.Kind != OwnerCallKind.GetExpectedDataSize)
            {
                return new(TestChannel.Answer(call));
            }

            // The watchdog starts one tick before the call is made, so with one tick less both are due in the same instant, and the result is scheduled first.
            time.Scheduler.Schedule(TimeSpan.FromSeconds(60) + TimeSpan.FromTicks(ticksLater), () => due.SetResult(default));
            return new(due.Task);
        })), HostFixture.Never);
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);

        BackupReport report = await host.BackupAsync();

        Assert.Equal(counts ? (OperationOutcome.Succeeded, ErrorCode.Success) : (OperationOutcome.Failed, ErrorCode.TimedOut),
            (report.Outcome, report.Of("close").Error));
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(60));
    });

    [Fact]
    public void A_session_of_an_earlier_operation_can_confirm_nothing() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("stale");
        IEngineSession session = await host.AcceptAsync(sid, TestChannel.Obedient);
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        await host.BackupAsync();
        IEngineSession next = await host.AcceptAsync(sid, TestChannel.Obedient);

        ConnException refused = await Assert.ThrowsAnyAsync<ConnException>(async () =>
            await session.ConfirmReadyForBurAsync(new ErrorCode(-51), HostFixture.Never));

        Assert.Equal(ErrorCode.ServerTerminated, refused.Code);
        OwnerStanding standing = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        Assert.Equal((DataOwnerStatus.NotReady, ErrorCode.Success), (standing.Status, standing.Error));
        await next.DisposeAsync();
    });

    [Fact]
    public void The_engine_stops_waiting_for_a_Terminate_whose_client_closes() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        ActiveBackupClient client = await host.ConnectAsync(sid, owner);
        owner.Fail(OwnerCallKind.GetExpectedDataSize, ErrorCode.DiskFull);
        owner.On(OwnerCallKind.TerminateMultiStageOperation, async (_, _) =>
        {
            await time.DelayAsync(TimeSpan.FromSeconds(1), HostFixture.Never);
            _ = client.DisposeAsync().AsTask();
            await time.DelayAsync(TimeSpan.FromHours(1), HostFixture.Never);
        });
        Task<BackupReport> running = host.BackupAsync();
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);

        BackupReport report = await running;

        Assert.Equal(ErrorCode.DiskFull, report.Of("one").Error);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    });
}
