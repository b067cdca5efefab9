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

/// <summary>Channels that block, throw or never complete: the owner behind them fails alone.</summary>
public sealed class HostileChannelTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    public static TheoryData<Behaviour, OwnerCallKind> BadCalls
    {
        get
        {
            TheoryData<Behaviour, OwnerCallKind> all = [];
            foreach (OwnerCallKind call in new[]
            {
                OwnerCallKind.Begin, OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetBackupDataSection, OwnerCallKind.TerminateMultiStageOperation,
            })
            {
                foreach (Behaviour behaviour in Enum.GetValues<Behaviour>())
                {
                    all.Add(behaviour, call);
                }
            }

            return all;
        }
    }

    public static TheoryData<Behaviour> Behaviours => [.. Enum.GetValues<Behaviour>()];

    [Theory]
    [MemberData(nameof(BadCalls))]
    public async Task A_channel_that_misbehaves_in_a_call_fails_its_owner_alone(Behaviour behaviour, OwnerCallKind call)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon });
        using Blocker blocker = new();
        using ScriptedDataOwner good = new("good", null);
        good.Set("good");
        SecureId sid = await RegisterAsync(host);
        await ConnectAsync(host, sid, new TestChannel((c, t) =>
            c.Kind == call ? BehaveAsync(behaviour, blocker)
            // So that it is terminated.
            : c.Kind == OwnerCallKind.GetDataChecksum ? new(OwnerCallResult.Failed(ErrorCode.DiskFull, "no")) : TestChannel.Obedient(c, t)));
        await host.ConnectReadyAsync("good", good);

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true }).Within("the backup ends");

        ErrorCode expected = call == OwnerCallKind.TerminateMultiStageOperation ? ErrorCode.DiskFull
            : behaviour is Behaviour.Blocks or Behaviour.NeverCompletes ? ErrorCode.TimedOut : ErrorCode.General;
        Assert.Equal((OwnerOutcome.Failed, expected), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal((OwnerOutcome.Succeeded, OperationOutcome.Partial), (report.Of("good").Outcome, report.Outcome));
        Assert.Equal(BurMode.Normal, host.Mode);
        Assert.Equal(2, (await host.Engine.OwnersAsync(HostFixture.Never).Within("the engine answers")).Count);
    }

    [Theory]
    [MemberData(nameof(Behaviours))]
    public async Task A_channel_that_misbehaves_when_it_is_closed_keeps_no_operation_from_its_end(Behaviour behaviour)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon });
        using Blocker blocker = new();
        SecureId sid = await RegisterAsync(host);
        await ConnectAsync(host, sid, new TestChannel(TestChannel.Obedient, async () => await BehaveAsync(behaviour, blocker)));

        BackupReport first = await host.BackupAsync().Within("the backup ends");
        IEngineSession session = await ConnectAsync(host, sid, new TestChannel(TestChannel.Obedient, () => new(BehaveAsync(behaviour, blocker).AsTask())));
        await session.DisposeAsync().Within("the session ends");
        await ConnectAsync(host, sid, new TestChannel(TestChannel.Obedient));
        BackupReport second = await host.BackupAsync().Within("the next backup ends");

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded), (first.Outcome, second.Outcome));
        Assert.Equal(BurMode.Normal, host.Mode);
    }

    [Theory]
    [MemberData(nameof(Behaviours))]
    public async Task A_channel_that_misbehaves_when_its_lease_is_renewed_delays_no_other(Behaviour behaviour)
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        using Blocker blocker = new();
        SecureId sid = await RegisterAsync(host);
        await ConnectAsync(host, sid,
            new TestChannel((c, t) => c.Kind == OwnerCallKind.KeepAlive ? BehaveAsync(behaviour, blocker) : TestChannel.Obedient(c, t)));
        ActiveBackupClient other = await host.ConnectReadyAsync("other", null, change: o => o with { Lease = TimeSpan.FromSeconds(3) });

        for (int second = 0; second < 9; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await host.Engine.OwnersAsync(HostFixture.Never).Within("the engine answers");
        }

        Assert.False(other.Ended.IsCompleted, "Expected: the lease of the other owner is renewed. Actual: it expired.");
        BackupReport report = await host.BackupAsync().Within("the backup ends");
        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
    }

    [Fact]
    public async Task A_channel_that_blocks_when_its_lease_is_renewed_keeps_one_thread_and_not_one_for_each_renewal()
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        using Blocker blocker = new();
        SecureId sid = await RegisterAsync(host);
        TaskCompletionSource secondRenewal = new();
        EventLog<OwnerCallKind> renewals = new();
        await ConnectAsync(host, sid, new TestChannel((c, t) =>
        {
            if (c.Kind == OwnerCallKind.KeepAlive)
            {
                blocker.Enter();
            }

            return TestChannel.Obedient(c, t);
        }));
        SecureId other = new(0x30000078);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("other", other));
        await ConnectAsync(host, other, new TestChannel((c, t) =>
        {
            renewals.Add(c.Kind);
            return TestChannel.Obedient(c, t);
        }));

        for (int renewal = 1; renewal <= 5; renewal++)
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            await renewals.WaitForAsync(renewal, $"renewal {renewal} reaches the other owner");
        }

        Assert.Equal(1, blocker.Count);
    }

    [Fact]
    public async Task A_client_with_the_shortest_lease_does_not_speed_up_the_renewals_of_others_once_it_has_closed()
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        EventLog<OwnerCallKind> renewals = new();
        SecureId sid = await RegisterAsync(host);
        await ConnectAsync(host, sid, new TestChannel((c, t) =>
        {
            renewals.Add(c.Kind);
            return TestChannel.Obedient(c, t);
        }));
        ActiveBackupClient brief = await host.ConnectReadyAsync("brief", null, change: o => o with { Lease = TimeSpan.FromMilliseconds(30) });
        await brief.DisposeAsync();

        // At the brief client's pace once more, and then at that of the one that is left.
        clock.Advance(TimeSpan.FromMilliseconds(10));
        await host.Engine.OwnersAsync(HostFixture.Never).Within("the engine answers");
        clock.Advance(TimeSpan.FromSeconds(30));
        await host.Engine.OwnersAsync(HostFixture.Never).Within("the engine answers");
        await renewals.WaitForAsync(1, "the lease of 90 s is renewed");

        Assert.InRange(renewals.Events.Count, 1, 10);
    }

    [Theory]
    [MemberData(nameof(Behaviours))]
    public async Task A_planner_that_misbehaves_refuses_its_owner_alone(Behaviour behaviour)
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner good = new("good", null);
        good.Set("good");
        await host.AddAsync("good", good);
        SecureId sid = new(0x30000077);
        await host.Engine.RegisterAsync(
            new DataOwnerRegistration("bad", sid) { Policy = OwnerPolicy.BestEffort, NoProgressTimeout = Soon },
                new TestChannel((_, _) => BehaveAsync(behaviour, blocker)));
        await ConnectAsync(host, sid, new TestChannel(TestChannel.Obedient));
        await host.BackupAsync().Within("the backup ends");
        good.Set("now");

        RestoreReport report = await host.RestoreAsync().Within("the restore ends");

        Assert.Equal(behaviour is Behaviour.Blocks or Behaviour.NeverCompletes ? ErrorCode.TimedOut : ErrorCode.General, report.Of("bad").Error);
        Assert.Equal((OperationOutcome.Partial, true, "good"), (report.Outcome, report.Committed, good.Text()));
    }

    [Fact]
    public async Task A_channel_that_waits_for_the_engine_inside_a_call_gets_its_answers()
    {
        await using RealHost host = await RealHost.StartAsync();
        IEngineSession? session = null;
        List<BurPartType> modes = [];
        SecureId sid = await RegisterAsync(host, TimeSpan.FromSeconds(60));
        session = await ConnectAsync(host, sid, new TestChannel((c, t) =>
        {
            if (c.Kind == OwnerCallKind.GetBackupDataSection)
            {
                modes.Add(session!.BurModeInfoAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult().Mode.PartType);
                session.ConfirmReadyForBurAsync(ErrorCode.Success, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }

            return TestChannel.Obedient(c, t);
        }));

        BackupReport report = await host.BackupAsync().Within("the backup ends");

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.Equal([BurPartType.BackupFull], modes);
    }

    [Fact]
    public void A_session_is_of_no_effect_once_it_has_ended() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");
        IEngineSession session = await host.AcceptAsync(sid, TestChannel.Obedient);
        await session.DisposeAsync();
        await session.DisposeAsync();
        session.ReportProgress();

        Func<Task>[] calls =
        [
            async () => await session.BurModeInfoAsync(HostFixture.Never), async () => await session.DoesPartialBurAffectMeAsync(HostFixture.Never),
            async () => await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never), async () =>
                await session.ConfirmReadyForBurAsync(new ErrorCode(-7), HostFixture.Never),
        ];
        foreach (Func<Task> call in calls)
        {
            Assert.Equal(ErrorCode.ServerTerminated, (await Assert.ThrowsAsync<ConnException>(call)).Code);
        }

        Assert.Equal((DataOwnerStatus.NotConnected, ErrorCode.Success),
            (await host.Engine.OwnersAsync(HostFixture.Never)).Select(o => (o.Status, o.Error)).Single());
    });

    private static async Task<SecureId> RegisterAsync(RealHost host, TimeSpan? timeout = null)
    {
        SecureId sid = new(0x30000077);
        await host.Engine.RegisterAsync(new DataOwnerRegistration("bad", sid)
        {
            Policy = OwnerPolicy.BestEffort, NoProgressTimeout = timeout ?? Soon, SupportsIncremental = false,
        });
        return sid;
    }

    private static async Task<IEngineSession> ConnectAsync(RealHost host, SecureId sid, TestChannel channel)
    {
        IEngineSession session = await host.Engine.Transport.ConnectAsync(new OwnerConnection(sid, channel), HostFixture.Never);
        await session.ConfirmReadyForBurAsync(ErrorCode.Success, HostFixture.Never);
        return session;
    }

    private static ValueTask<OwnerCallResult> BehaveAsync(Behaviour behaviour, Blocker blocker)
    {
        switch (behaviour)
        {
            case Behaviour.Blocks:
                blocker.Enter();
                return default;
            case Behaviour.Throws:
                throw new InvalidOperationException("now");
            case Behaviour.ThrowsLater:
                return ThrowLaterAsync();
            default:
                return new(new TaskCompletionSource<OwnerCallResult>().Task);
        }

        static async ValueTask<OwnerCallResult> ThrowLaterAsync()
        {
            await Task.Yield();
            throw new InvalidOperationException("later");
        }
    }

    /// <summary>What a channel does instead of its work.</summary>
    public enum Behaviour
    {
        Blocks,
        Throws,
        ThrowsLater,
        NeverCompletes,
    }
}
