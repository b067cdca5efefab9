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

public sealed class LeaseTests
{
    [Fact]
    public void An_owner_whose_engine_falls_silent_frees_itself_and_says_so() => VirtualTime.Run(async time =>
    {
        CallbackTrace trace = new(time);
        using ScriptedDataOwner owner = new("one", trace);
        InProcessTransport transport = new();
        transport.Attach(new SilentEngine());
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(transport, new SecureId(1), owner,
            new ActiveBackupClientOptions { Scheduler = time.Scheduler, TimeProvider = time.Clock }, CancellationToken.None);

        ErrorCode reason = await client.Ended;

        Assert.Equal(ErrorCode.LeaseExpired, reason);
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(91));
        await time.DelayAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["TerminateMultiStageOperation"], trace.Of("one"));
        ConnException stale = await Assert.ThrowsAsync<ConnException>(async () => await client.BurModeInfoAsync(CancellationToken.None));
        Assert.Equal(ErrorCode.ServerTerminated, stale.Code);
    });

    [Fact]
    public void The_engine_renews_every_lease_while_others_stream() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = TimeSpan.FromHours(2) });
        using ScriptedDataOwner slow = await host.AddOwnerAsync("slow");
        using ScriptedDataOwner waits = await host.AddOwnerAsync("waits");
        slow.On(CallbackKind.GetBackupDataSection, async (_, t) => await time.DelayAsync(TimeSpan.FromHours(1), t));

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.True(time.Elapsed > TimeSpan.FromHours(1));
        Assert.DoesNotContain("TerminateMultiStageOperation", host.Trace.Of("waits"));
    });

    [Fact]
    public void An_owner_that_freed_itself_fails_with_lease_expired() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("early");
        using ScriptedDataOwner early = host.Owner("early");
        RunawayClock clock = new();
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, early,
            host.ClientOptions("early") with { TimeProvider = clock }, CancellationToken.None);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
        clock.RunAway();
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
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, patient, host.ClientOptions("patient"), CancellationToken.None);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
        await time.DelayAsync(TimeSpan.FromHours(1));

        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);
    });

    [Fact]
    public void A_client_serves_one_operation_and_fails_every_call_after_it() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        using ScriptedDataOwner one = host.Owner("one");
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, one, host.ClientOptions("one"), CancellationToken.None);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None);
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync()).Outcome);

        Assert.Equal(ErrorCode.None, await client.Ended);
        ConnException stale = await Assert.ThrowsAsync<ConnException>(async () => await client.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None));
        Assert.Equal(ErrorCode.ServerTerminated, stale.Code);
        await using ActiveBackupClient second = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, one, host.ClientOptions("one"), CancellationToken.None);
        Assert.False(await second.DoesPartialBurAffectMeAsync(CancellationToken.None));
        Assert.Equal(BurMode.Normal, (await second.BurModeInfoAsync(CancellationToken.None)).Mode);
    });

    [Fact]
    public void A_second_client_of_one_owner_and_a_client_without_engine_are_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        await using ActiveBackupClient first = await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), CancellationToken.None);

        ConnException twice = await Assert.ThrowsAsync<ConnException>(async () => await ActiveBackupClient.ConnectAsync(host.Engine.Transport, sid, host.ClientOptions("one"), CancellationToken.None));
        ConnException unknown = await Assert.ThrowsAsync<ConnException>(async () => await ActiveBackupClient.ConnectAsync(host.Engine.Transport, new SecureId(99), host.ClientOptions("x"), CancellationToken.None));
        ConnException nobody = await Assert.ThrowsAsync<ConnException>(async () => await ActiveBackupClient.ConnectAsync(new InProcessTransport(), sid, host.ClientOptions("one"), CancellationToken.None));

        Assert.Equal((ErrorCode.InUse, ErrorCode.NotFound, ErrorCode.NotSupported), (twice.Code, unknown.Code, nobody.Code));
    });

    /// <summary>A clock that jumps past every lease at once, as after a suspended process.</summary>
    private sealed class RunawayClock : TimeProvider
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

        public void RunAway()
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

    /// <summary>Takes every connection and never says anything again.</summary>
    private sealed class SilentEngine : IOwnerGateway
    {
        public ValueTask<IEngineSession> AcceptAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken) => new(new Session());

        private sealed class Session : IEngineSession
        {
            public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(new BurModeInfo(DriveList.Empty, BurMode.Normal));

            public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(false);

            public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => default;

            public void ReportProgress()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
