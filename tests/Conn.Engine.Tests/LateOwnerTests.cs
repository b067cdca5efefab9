using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Owners that hang, never connect or never get ready while another owner streams for an hour: each fails at its time-out, not at its turn.</summary>
public sealed class LateOwnerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(OwnerCallKind.Recover)]
    [InlineData(OwnerCallKind.ReceiveSnapshotData)]
    [InlineData(OwnerCallKind.AllSnapshotsSupplied)]
    public void An_owner_that_hangs_before_its_turn_is_timed_out_and_terminated_at_once(OwnerCallKind call) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner slow = await AddSlowAsync(host);
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        await host.BackupAsync();
        bad.On(call, async (_, t) => await time.DelayAsync(TimeSpan.FromHours(2), t));
        FailureTiming timing = new(time);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);

        await AssertTimedOutAsync(host, timing, terminates: 1);
    });

    [Fact]
    public void An_owner_that_never_connects_is_timed_out_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner slow = await AddSlowAsync(host);
        await host.RegisterAsync("bad");

        await AssertTimedOutAsync(host, new FailureTiming(time), terminates: 0);
    });

    [Fact]
    public void An_owner_whose_preparation_never_returns_is_timed_out_and_terminated_at_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner slow = await AddSlowAsync(host);
        FailureTiming timing = new(time);
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", participate: p => p with
        {
            PrepareAsync = async (_, _, t) =>
            {
                await time.DelayAsync(TimeSpan.FromHours(2), t);
                return ErrorCode.Success;
            },
        });
        bad.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);

        await AssertTimedOutAsync(host, timing, terminates: 1);
    });

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    public void A_best_effort_owner_that_fails_before_it_is_fed_in_a_restore_fails_at_once_and_the_rest_is_restored(string how) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = TimeSpan.FromHours(2) });
        using ScriptedDataOwner slow = await host.AddSlowAsync("slow", slowBackup: false);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad", OwnerPolicy.BestEffort, p => p.WithClient(c => client = c));
        await host.BackupAsync();
        slow.Set("now");
        bad.Set("now");
        using FailureWatch failures = new(host);
        TimeSpan from = time.Elapsed;

        Task<RestoreReport> running = host.RestoreAsync();
        await time.DelayAsync(Limit);
        await (how == "confirms" ? client!.ConfirmReadyForBurAsync(new ErrorCode(-79), HostFixture.Never) : client!.DisposeAsync());
        RestoreReport report = await running;

        Assert.InRange(failures.Of("bad").At - from, Limit, Limit + Instant);
        Assert.Equal((how == "confirms" ? new ErrorCode(-79) : ErrorCode.ServerTerminated, true), (report.Of("bad").Error, report.Committed));
        Assert.Equal(("slow: data", "now"), (slow.Text(), bad.Text()));
        Assert.DoesNotContain(host.Trace.Of("bad"), l => l.Contains("RestoreBaseDataSection", StringComparison.Ordinal));
    });

    [Fact]
    public void An_owner_whose_lease_expires_while_no_operation_runs_connects_again_and_takes_part() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner owner = host.Owner("one");
        SkippingClock clock = new(time.Clock);
        ActiveBackupClient first = await ActiveBackupClient.ConnectAsync(
            host.Engine.Transport, sid, owner, host.ClientOptions("one") with { TimeProvider = clock }, HostFixture.Never);
        await first.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        clock.Skip();
        ErrorCode ended = await first.Ended;
        await time.DelayAsync(Instant);

        await first.DisposeAsync();
        OwnerStanding closed = Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never));
        await host.ConnectReadyAsync(sid, owner);
        BackupReport report = await host.BackupAsync();

        Assert.Equal(ErrorCode.LeaseExpired, ended);
        Assert.Equal((DataOwnerStatus.NotConnected, ErrorCode.Success), (closed.Status, closed.Error));
        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.Success), (report.Outcome, report.Of("one").Error));
    });

    /// <summary>An owner that streams for more than half an hour, and reports that it makes progress.</summary>
    private static async Task<ScriptedDataOwner> AddSlowAsync(VirtualHost host)
    {
        ScriptedDataOwner slow = host.Owner("slow");
        slow.On(OwnerCallKind.GetBackupDataSection, async (_, t) => await host.Time.DelayAsync(TimeSpan.FromHours(1), t));
        await host.AddAsync("slow", slow, r => r with { NoProgressTimeout = TimeSpan.FromHours(2) });
        return slow;
    }

    private static async Task AssertTimedOutAsync(VirtualHost host, FailureTiming timing, int terminates)
    {
        using FailureWatch failures = new(host);
        Task<BackupReport> running = host.BackupAsync();
        await host.Time.DelayAsync(Limit);
        timing.Mark();
        await host.Time.DelayAsync(TimeSpan.FromSeconds(2));
        OwnerStanding standing = (await host.Engine.OwnersAsync(HostFixture.Never))[1];
        BackupReport report = await running;

        Assert.Equal((DataOwnerStatus.Failed, ErrorCode.TimedOut), (standing.Status, standing.Error));
        Assert.Equal((ErrorCode.TimedOut, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("slow").Outcome));
        timing.AssertAtOnce(failures.Of("bad"), ErrorCode.TimedOut, terminates);
        Assert.True(host.Time.Elapsed > TimeSpan.FromHours(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_owner_that_connects_late_has_the_time_to_become_ready(bool restore) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        await host.ConnectReadyAsync(sid, one);
        await host.BackupAsync();

        Task<OperationOutcome> running = restore ? RestoreAsync() : BackupAsync();
        await time.DelayAsync(TimeSpan.FromSeconds(50));
        ActiveBackupClient client = await host.ConnectAsync(sid, one);
        await time.DelayAsync(TimeSpan.FromSeconds(20));
        await Record.ExceptionAsync(async () => await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never));

        Assert.Equal(OperationOutcome.Succeeded, await running);

        async Task<OperationOutcome> RestoreAsync() => (await host.RestoreAsync()).Outcome;

        async Task<OperationOutcome> BackupAsync() => (await host.BackupAsync()).Outcome;
    });
}
