using Conn.ActiveBackup.Calls;
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

/// <summary>Channels that keep no rule of their interface: the owner behind them fails alone.</summary>
public sealed class HostileChannelTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    private static readonly Dictionary<string, (OwnerCallKind? Call, OwnerCallResult Result, int Code)> Results = new()
    {
        ["too many bytes"] = (OwnerCallKind.GetBackupDataSection, new() { Section = new SectionResult(int.MaxValue, true) }, -38),
        ["negative bytes"] = (OwnerCallKind.GetBackupDataSection, new() { Section = new SectionResult(-1, true) }, -38),
        ["too many bytes of a snapshot"] = (OwnerCallKind.GetSnapshotData, new() { Section = new SectionResult(1 << 30, false) }, -38),
        ["no remarks of Recover"] = (OwnerCallKind.Recover, default, -38),
        ["no remarks"] = (OwnerCallKind.TakeRemarks, default, -38),
        ["null in remarks"] = (OwnerCallKind.TakeRemarks, new() { Remarks = new OwnerRemarks([null!], []) }, -38),
        ["null lists"] = (OwnerCallKind.TakeRemarks, new() { Remarks = new OwnerRemarks(null!, null!) }, -38),
        ["an odd size"] = (OwnerCallKind.GetExpectedDataSize, new() { Number = long.MinValue }, 0),
        ["an odd checksum"] = (OwnerCallKind.GetDataChecksum, new() { Number = -1 }, 0),
        ["an end where none can be"] = (OwnerCallKind.GetExpectedDataSize, new() { Section = new SectionResult(int.MinValue, true), Number = 1 }, 0),
        ["a token where none can be"] = (OwnerCallKind.InitialiseGetBackupData, new() { Token = new byte[1 << 20], Remarks = new OwnerRemarks(null!, null!) },
            0),
        ["a failure without message"] = (OwnerCallKind.InitialiseGetBackupData, new() { Failure = new OwnerCallFailure(new ErrorCode(-7), null!) }, -7),
        ["a failure that claims to be given up"] = (OwnerCallKind.InitialiseGetBackupData,
            new() { Failure = new OwnerCallFailure(ErrorCode.Cancel, "aborted") { IsGivenUp = true } }, -3),
        ["a failure that claims a refusal"] = (OwnerCallKind.AllSnapshotsSupplied,
            new() { Failure = new OwnerCallFailure(ErrorCode.NotReady,
                "refused") { Refusal = new OrderRefusal(null!, (OwnerCallKind)99, default, (DriveState)99, 0) } }, -18),
    };

    public static TheoryData<string> ResultNames => [.. Results.Keys];

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

        clock.Advance(TimeSpan.FromSeconds(30));
        await host.Engine.OwnersAsync(HostFixture.Never).Within("the engine answers");
        await renewals.WaitForAsync(1, "the lease of 90 s is renewed");

        Assert.InRange(renewals.Events.Count, 1, 10);
    }

    [Theory]
    [MemberData(nameof(ResultNames))]
    public void A_channel_that_returns_nonsense_fails_its_owner_alone(string name) => VirtualTime.Run(async time =>
    {
        (OwnerCallKind? call, OwnerCallResult result, int code) = Results[name];
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await AddBadAsync(host, (c, t) => c.Kind == call ? new(result)
            : c.Kind == OwnerCallKind.Begin ? new(new OwnerCallResult { Features = OwnerFeatures.RestorePrepare | OwnerFeatures.Remarks })
            : c.Kind is OwnerCallKind.Recover or OwnerCallKind.TakeRemarks ? new(new OwnerCallResult { Remarks = OwnerRemarks.Nothing })
            : TestChannel.Obedient(c, t));

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        Assert.Equal((code == 0 ? OwnerOutcome.Succeeded : OwnerOutcome.Failed, new ErrorCode(code)), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        host.AssertNormal();
        await host.Repository.AssertVerifiedAsync();
    });

    [Fact]
    public void A_failure_without_a_code_is_a_failure() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await AddBadAsync(host, (c, t) => c.Kind == OwnerCallKind.InitialiseGetBackupData
            ? new(new OwnerCallResult { Failure = new OwnerCallFailure(ErrorCode.None, "nothing is wrong") }) : TestChannel.Obedient(c, t));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, OwnerOutcome.Succeeded), (report.Of("bad").Outcome, report.Of("good").Outcome));
        Assert.NotEqual(ErrorCode.None, report.Of("bad").Error);
        Assert.NotEqual(0, report.Set!.Part(report.Of("bad").Sid.Value)!.ErrorCode);
        host.AssertNormal();
    });

    [Fact]
    public void A_failure_with_a_message_without_end_is_cut() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        await AddBadAsync(host, (c, t) => c.Kind == OwnerCallKind.InitialiseGetBackupData
            ? new(OwnerCallResult.Failed(ErrorCode.DiskFull, new string('m', 10_000_000))) : TestChannel.Obedient(c, t));

        BackupReport report = await host.BackupAsync();

        Assert.Equal((ErrorCode.DiskFull, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("good").Outcome));
        Assert.InRange(report.Of("bad").Errors[^1].Length, 1, 10_000);
    });

    [Fact]
    public void Interfaces_that_no_engine_knows_are_ignored() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        List<OwnerCallKind> calls = [];
        await AddBadAsync(host, (c, t) =>
        {
            calls.Add(c.Kind);
            return c.Kind == OwnerCallKind.Begin ? new(new OwnerCallResult { Features = (OwnerFeatures)0x7ffffff8 }) : TestChannel.Obedient(c, t);
        });

        BackupReport report = await host.BackupAsync();

        Assert.Equal(OperationOutcome.Succeeded, report.Outcome);
        Assert.DoesNotContain(OwnerCallKind.Recover, calls);
        Assert.DoesNotContain(OwnerCallKind.TakeRemarks, calls);
    });

    [Fact]
    public void A_connection_without_a_channel_is_refused() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("one");

        Exception? refused = await Record.ExceptionAsync(async () =>
            await host.Engine.Transport.ConnectAsync(new OwnerConnection(sid, null!), HostFixture.Never));

        Assert.True(refused is ArgumentException or ConnException { Code.Value: -6 },
            $"Expected: a refused argument. Actual: {refused?.ToString() ?? "accepted"}.");
        Assert.Equal(DataOwnerStatus.NotConnected, Assert.Single(await host.Engine.OwnersAsync(HostFixture.Never)).Status);
    });

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
                session.ConfirmReadyForBurAsync(ErrorCode.None, CancellationToken.None).AsTask().GetAwaiter().GetResult();
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
            async () => await session.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never), async () =>
                await session.ConfirmReadyForBurAsync(new ErrorCode(-7), HostFixture.Never),
        ];
        foreach (Func<Task> call in calls)
        {
            Assert.Equal(ErrorCode.ServerTerminated, (await Assert.ThrowsAsync<ConnException>(call)).Code);
        }

        Assert.Equal((DataOwnerStatus.NotConnected, ErrorCode.None),
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
        await session.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
        return session;
    }

    private static async Task AddBadAsync(VirtualHost host, CallHandler invoke)
    {
        SecureId sid = await host.RegisterAsync("bad", r => r with { Policy = OwnerPolicy.BestEffort });
        IEngineSession session = await host.AcceptAsync(sid, invoke);
        await session.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
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
