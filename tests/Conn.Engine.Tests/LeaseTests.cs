using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

public sealed class LeaseTests
{
    [Fact]
    public void An_owner_whose_engine_is_silent_is_terminated_when_its_lease_expires() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        ActiveBackupClient client = await new SilentEngine().ConnectAsync(time, owner);

        ErrorCode reason = await client.Ended;

        Assert.Equal(ErrorCode.LeaseExpired, reason);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(91));
        await time.DelayAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
        ConnException stale = await Assert.ThrowsAsync<ConnException>(async () => await client.BurModeInfoAsync(HostFixture.Never));
        Assert.Equal(ErrorCode.ServerTerminated, stale.Code);
    });

    [Fact]
    public void The_engine_renews_every_lease_while_others_stream() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = TimeSpan.FromHours(2) });
        using ScriptedDataOwner slow = await host.AddOwnerAsync("slow");
        using ScriptedDataOwner waits = await host.AddOwnerAsync("waits");
        slow.On(OwnerCallKind.GetBackupDataSection, async (_, t) => await time.DelayAsync(TimeSpan.FromHours(1), t));

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed > TimeSpan.FromHours(1));
        Assert.DoesNotContain("TerminateMultiStageOperation", host.Trace.Of("waits"));
    });

    [Fact]
    public void An_owner_whose_lease_expired_fails_with_that_code() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("early");
        using ScriptedDataOwner early = host.Owner("early");
        JumpingClock clock = new();
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, early,
            host.ClientOptions("early") with { TimeProvider = clock }, HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        clock.Jump();
        await time.DelayAsync(TimeSpan.FromSeconds(1));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.LeaseExpired), (report.Of("early").Outcome, report.Of("early").Error));
    });

    [Fact]
    public void A_client_that_waits_between_operations_keeps_its_lease() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("patient");
        using ScriptedDataOwner patient = host.Owner("patient");
        await using ActiveBackupClient client = await host.ConnectReadyAsync(sid, patient);
        await time.DelayAsync(TimeSpan.FromHours(1));

        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Fact]
    public void A_client_serves_one_operation_and_fails_every_call_after_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, one);
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);

        Assert.Equal(ErrorCode.Success, await client.Ended);
        ConnException stale = await Assert.ThrowsAsync<ConnException>(async () => await client.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never));
        Assert.Equal(ErrorCode.ServerTerminated, stale.Code);
        await using ActiveBackupClient second = await host.ConnectAsync(sid, one);
        Assert.False(await second.DoesPartialBurAffectMeAsync(HostFixture.Never));
        Assert.Equal(BurMode.Normal, (await second.BurModeInfoAsync(HostFixture.Never)).Mode);
    });

    [Fact]
    public void A_second_client_of_one_owner_and_a_client_without_an_engine_are_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        await using ActiveBackupClient first = await host.ConnectAsync(sid, null);

        ConnException twice = await Assert.ThrowsAsync<ConnException>(async () => await host.ConnectAsync(sid, null));
        ConnException unknown = await Assert.ThrowsAsync<ConnException>(async () => await host.ConnectAsync(new SecureId(99), null));
        ConnException alone = await Assert.ThrowsAsync<ConnException>(async () =>
            await ActiveBackupClient.ConnectAsync(new InProcessTransport(), sid, null, host.ClientOptions("one"), HostFixture.Never));

        Assert.Equal((ErrorCode.InUse, ErrorCode.NotFound, ErrorCode.NotSupported), (twice.Code, unknown.Code, alone.Code));
    });

    /// <summary>A clock that jumps past every lease, as after a process was suspended.</summary>
    private sealed class JumpingClock : TimeProvider
    {
        private readonly List<(TimerCallback Call, object? State)> _timers = [];
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return new NoTimer();
        }

        public void Jump()
        {
            _now += TimeSpan.FromDays(1).Ticks;
            _timers.ForEach(t => t.Call(t.State));
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }

    [Fact]
    public async Task A_very_short_lease_of_one_owner_lets_no_other_lease_run_out()
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = new OwnClock() });
        ActiveBackupClient other = await host.ConnectReadyAsync("other", null, change: o => o with { Lease = TimeSpan.FromSeconds(2) });
        SecureId sid = new(0x30000077);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("short", sid));
        EventLog<OwnerCallKind> renewals = new();
        OwnerConnection connection = new(sid, new TestChannel((call, cancel) =>
        {
            renewals.Add(call.Kind);
            return TestChannel.Obedient(call, cancel);
        })) { Lease = TimeSpan.FromMilliseconds(1) };
        await host.Engine.AcceptAsync(connection, HostFixture.Never);

        // One comes each millisecond at most, so that these take longer than the other lease.
        await renewals.WaitForAsync(2500, "the very short lease is renewed again and again");

        Assert.False(other.Ended.IsCompleted, "Expected: the lease of the other owner is renewed. Actual: it expired.");
    }

    /// <summary>A host's own clock, with the timers of the system.</summary>
    private sealed class OwnClock : TimeProvider;
}
