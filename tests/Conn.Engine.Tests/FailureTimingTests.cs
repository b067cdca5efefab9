using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Owners;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Storage;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A failure is reported with the owner's own code and ends its session in the instant in which it happens, whatever other owners are doing.</summary>
public sealed class FailureTimingTests
{
    private static readonly ErrorCode Own = new(-79);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan TenMinutes = TimeSpan.FromMinutes(10);

    public static TheoryData<OwnerCallKind, bool> BackupCalls => Cross(
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetExpectedDataSize,
        OwnerCallKind.InitialiseGetBackupData, OwnerCallKind.GetBackupDataSection, OwnerCallKind.GetSnapshotData, OwnerCallKind.GetDataChecksum);

    public static TheoryData<OwnerCallKind, bool> RestoreCalls => Cross(
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.RestoreBaseDataSection,
        OwnerCallKind.InitialiseRestoreIncrementData, OwnerCallKind.RestoreIncrementDataSection, OwnerCallKind.PrepareRestore);

    [Theory]
    [MemberData(nameof(BackupCalls))]
    public void An_error_that_an_owner_confirms_inside_a_backup_call_fails_it_at_once_with_that_code(OwnerCallKind call, bool returns) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("bad");
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = host.Owner("bad");
        bad.MaxSectionBytes = 4;
        await host.ConnectReadyAsync(sid, bad);
        await host.BackupAsync();
        Timing timing = Confirm(time, bad, call, returns, await host.ConnectReadyAsync(sid, bad));
        using FailureWatch failures = new(host);

        BackupReport report = await host.BackupAsync(r => r with { Checksums = true });

        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("good").Outcome);
        timing.AssertAtOnce(failures.Of("bad"));
        Assert.False(bad.Holds);
    });

    [Theory]
    [MemberData(nameof(RestoreCalls))]
    public void An_error_that_an_owner_confirms_inside_a_restore_call_fails_it_at_once_with_that_code(OwnerCallKind call, bool returns) =>
        VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId sid = await host.RegisterAsync("bad", r => r with { Policy = OwnerPolicy.BestEffort });
        using ScriptedDataOwner good = await host.AddOwnerAsync("good");
        using ScriptedDataOwner bad = host.Owner("bad");
        bad.MaxSectionBytes = 4;
        await host.ConnectReadyAsync(sid, bad);
        await host.BackupAsync();
        bad.Set("bad: second");
        await host.ConnectReadyAsync(sid, bad);
        await host.BackupAsync();
        bad.Set("now");
        good.Set("now");
        Timing timing = Confirm(time, bad, call, returns, await host.ConnectReadyAsync(sid, bad));
        using FailureWatch failures = new(host);

        RestoreReport report = await host.RestoreAsync();

        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(("now", "good: data"), (bad.Text(), good.Text()));
        timing.AssertAtOnce(failures.Of("bad"));
        Assert.False(bad.Holds);
    });

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    [InlineData("lease")]
    public void An_owner_that_fails_between_its_readiness_and_its_turn_fails_at_once(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        using ScriptedDataOwner slow = await AddSlowAsync(host, "slow");
        SecureId sid = await host.RegisterAsync("bad");
        using ScriptedDataOwner bad = host.Owner("bad");
        Timing timing = new(time);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        SkippingClock clock = new(time.Clock);
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(
            host.Engine.Transport, sid, bad, host.ClientOptions("bad") with { TimeProvider = clock }, HostFixture.Never);
        await client.ConfirmReadyForBurAsync(ErrorCode.None, HostFixture.Never);
        using FailureWatch failures = new(host);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TenMinutes);
        timing.Mark();
        switch (how)
        {
            case "confirms":
                await client.ConfirmReadyForBurAsync(Own, HostFixture.Never);
                break;
            case "closes":
                await client.DisposeAsync();
                break;
            default:
                clock.Skip();
                break;
        }

        await time.DelayAsync(TimeSpan.FromSeconds(1));
        OwnerStanding standing = (await host.Engine.OwnersAsync(HostFixture.Never))[1];
        BackupReport report = await running;

        ErrorCode code = how switch { "confirms" => Own, "closes" => ErrorCode.ServerTerminated, _ => ErrorCode.LeaseExpired };
        Assert.Equal((DataOwnerStatus.Failed, code), (standing.Status, standing.Error));
        Assert.Equal((OwnerOutcome.Failed, code), (report.Of("bad").Outcome, report.Of("bad").Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Of("slow").Outcome);
        // When a lease expires, the owner's side terminates the owner by itself; the session has ended for the engine then.
        timing.AssertAtOnce(failures.Of("bad"), code, terminates: how == "closes" ? 0 : 1);
        Assert.True(time.Elapsed > Hour);
    });

    [Fact]
    public void An_owner_that_fails_in_AllSnapshotsSupplied_while_another_streams_is_terminated_at_once_and_once() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        using ScriptedDataOwner slow = await AddSlowAsync(host, "slow");
        using ScriptedDataOwner bad = await host.AddOwnerAsync("bad");
        Timing timing = new(time);
        bad.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        bad.On(OwnerCallKind.AllSnapshotsSupplied, async (_, t) =>
        {
            await time.DelayAsync(TenMinutes, t);
            timing.Mark();
            throw new ConnException(Own, "no");
        });
        using FailureWatch failures = new(host);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TenMinutes + TimeSpan.FromSeconds(1));
        OwnerStanding standing = (await host.Engine.OwnersAsync(HostFixture.Never))[1];
        BackupReport report = await running;

        Assert.Equal((DataOwnerStatus.Failed, Own), (standing.Status, standing.Error));
        Assert.Equal((Own, OwnerOutcome.Succeeded), (report.Of("bad").Error, report.Of("slow").Outcome));
        timing.AssertAtOnce(failures.Of("bad"));
        Assert.True(time.Elapsed > Hour);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Owners_of_a_manager_that_fails_while_another_owner_streams_fail_at_once_with_its_code(bool inRestore) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        using ScriptedDataOwner slow = await AddSlowAsync(host, "slow", slowBackup: !inRestore);
        ActiveBackupClient? client = null;
        using ScriptedDataOwner manager = await host.AddManagerAsync("manager", ActiveType.ProxyOnly, r => r with { Policy = OwnerPolicy.BestEffort },
            p => p with { PrepareAsync = (c, _, _) => Keep(c) });
        using ScriptedDataOwner served = await host.AddProxiedAsync("served", [2], OwnerPolicy.BestEffort);
        if (inRestore)
        {
            await host.BackupAsync();
        }

        using FailureWatch failures = new(host);
        TimeSpan from = time.Elapsed;
        Task running = inRestore ? host.RestoreAsync() : host.BackupAsync();
        await time.DelayAsync(TenMinutes);
        await client!.ConfirmReadyForBurAsync(Own, HostFixture.Never);
        await running;

        Assert.All(new[] { "manager", "served" }, name =>
        {
            (ErrorCode error, TimeSpan at) = failures.Of(name);
            Assert.Equal(Own, error);
            Assert.InRange(at - from, TenMinutes, TenMinutes + TimeSpan.FromMilliseconds(1));
        });
        Assert.DoesNotContain("slow", failures.Owners);
        Assert.Equal(1, host.Trace.Of("served").Count(c => c == "TerminateMultiStageOperation"));
        Assert.Equal(1, host.Trace.Of("manager").Count(c => c == "TerminateMultiStageOperation"));

        ValueTask<ErrorCode> Keep(ActiveBackupClient connected)
        {
            client = connected;
            return new(ErrorCode.None);
        }
    });

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
        Assert.Equal((DataOwnerStatus.NotConnected, ErrorCode.None), (closed.Status, closed.Error));
        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.None), (report.Outcome, report.Of("one").Error));
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

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    public void A_required_owner_that_fails_after_it_has_prepared_stops_the_restore_at_once_and_nothing_changes(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.Required);
        Timing timing = new(time);
        owners[0].On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        TimeSpan cancelled = TimeSpan.Zero;
        owners[1].On(OwnerCallKind.RestoreBaseDataSection, async (_, t) =>
        {
            using CancellationTokenRegistration stop = t.Register(() => cancelled = time.Elapsed);
            await time.DelayAsync(Hour, t);
        });
        using FailureWatch failures = new(host);

        Task<RestoreReport> running = host.RestoreAsync();
        await time.DelayAsync(TenMinutes);
        timing.Mark();
        await (how == "confirms" ? bad().ConfirmReadyForBurAsync(Own, HostFixture.Never) : bad().DisposeAsync());
        RestoreReport report = await running;
        TimeSpan ended = time.Elapsed;

        ErrorCode code = how == "confirms" ? Own : ErrorCode.ServerTerminated;
        Assert.Equal((OperationOutcome.Failed, false), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, code), (report.Of("owner0").Outcome, report.Of("owner0").Error));
        Assert.Equal((OwnerOutcome.Skipped, OwnerOutcome.Skipped), (report.Of("owner1").Outcome, report.Of("owner2").Outcome));
        Assert.All(owners, o => Assert.Equal("now", o.Text()));
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
        Assert.DoesNotContain(host.Trace.Lines, l => l.Contains("RestoreComplete", StringComparison.Ordinal));
        timing.AssertAtOnce(failures.Of("owner0"), code, terminates: how == "confirms" ? 1 : 0);
        Assert.InRange(cancelled - timing.Failed, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.InRange(ended - timing.Failed, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        Assert.False(owners[1].Holds || owners[2].Holds);
        host.AssertNormal();
    });

    [Theory]
    [InlineData("confirms")]
    [InlineData("closes")]
    public void A_best_effort_owner_that_fails_after_it_has_prepared_is_left_out_and_the_rest_is_restored(string how) => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.BestEffort);
        owners[1].On(OwnerCallKind.RestoreBaseDataSection, async (_, t) => await time.DelayAsync(Hour, t));
        Timing timing = new(time);
        owners[0].On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        using FailureWatch failures = new(host);

        Task<RestoreReport> running = host.RestoreAsync();
        await time.DelayAsync(TenMinutes);
        timing.Mark();
        await (how == "confirms" ? bad().ConfirmReadyForBurAsync(Own, HostFixture.Never) : bad().DisposeAsync());
        RestoreReport report = await running;

        ErrorCode code = how == "confirms" ? Own : ErrorCode.ServerTerminated;
        Assert.Equal((OperationOutcome.Partial, true), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, code), (report.Of("owner0").Outcome, report.Of("owner0").Error));
        Assert.Equal(("now", "owner1: data", "owner2: data"), (owners[0].Text(), owners[1].Text(), owners[2].Text()));
        Assert.DoesNotContain(host.Trace.Of("owner0"), l => l.Contains("RestoreComplete", StringComparison.Ordinal));
        timing.AssertAtOnce(failures.Of("owner0"), code, terminates: how == "confirms" ? 1 : 0);
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
    });

    [Fact]
    public void An_owner_that_confirms_an_error_once_the_commit_record_is_durable_is_rolled_forward_by_the_next_run() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.Required, badIs: 1);
        owners[0].On(OwnerCallKind.RestoreComplete, async (_, t) => await bad().ConfirmReadyForBurAsync(Own, t));
        FailureWatch failures = new(host);

        RestoreReport report = await host.RestoreAsync();
        failures.Dispose();
        RestoreRecord pending = Assert.Single(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
        string between = owners[1].Text();
        owners[0].On(OwnerCallKind.RestoreComplete, (_, _) => default);
        BackupReport next = await host.BackupAsync();

        Assert.Equal((OperationOutcome.Failed, true), (report.Outcome, report.Committed));
        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("owner1").Outcome, report.Of("owner1").Error));
        Assert.Equal(Own, failures.Of("owner1").Error);
        Assert.Equal(("owner0: data", "now", "owner2: data"), (owners[0].Text(), between, owners[2].Text()));
        Assert.Equal(["owner1"], pending.Owners.Where(o => !o.Completed).Select(o => o.Name));
        Assert.Equal((OperationOutcome.Succeeded, "owner1: data"), (next.Outcome, owners[1].Text()));
    });

    [Fact]
    public void An_owner_that_confirms_an_error_while_the_commit_record_is_written_is_restored_with_the_others_or_none_is() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        (ScriptedDataOwner[] owners, Func<ActiveBackupClient> bad) = await AddForRestoreAsync(host, OwnerPolicy.Required, badIs: 1);
        HookedStorage storage = new(host.Storage) { BeforeRename = async () => await bad().ConfirmReadyForBurAsync(Own, HostFixture.Never) };
        await using BackupRepository repository = await storage.OpenAsync(time);

        RestoreReport report = await host.RestoreAsync(r => r with { Repository = repository });
        await host.BackupAsync();

        Assert.Equal((OwnerOutcome.Failed, Own), (report.Of("owner1").Outcome, report.Of("owner1").Error));
        string expected = report.Committed ? "owner0: data, owner1: data, owner2: data" : "now, now, now";
        Assert.Equal(expected, string.Join(", ", owners.Select(o => o.Text())));
        Assert.Empty(await host.Repository.ListPendingRestoresAsync(HostFixture.Never));
    });

    [Fact]
    public void An_error_confirmed_after_the_data_is_stored_does_not_change_the_part() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time, o => o with { NoProgressTimeout = 2 * Hour });
        SecureId sid = await host.RegisterAsync("stored");
        using ScriptedDataOwner stored = host.Owner("stored");
        ActiveBackupClient client = await host.ConnectReadyAsync(sid, stored);
        using ScriptedDataOwner slow = await AddSlowAsync(host, "slow");
        using FailureWatch failures = new(host);

        Task<BackupReport> running = host.BackupAsync();
        await time.DelayAsync(TenMinutes);
        await client.ConfirmReadyForBurAsync(Own, HostFixture.Never);
        BackupReport report = await running;

        Assert.Equal((OperationOutcome.Succeeded, ErrorCode.None), (report.Outcome, report.Of("stored").Error));
        Assert.Empty(failures.Owners);
    });

    private static TheoryData<OwnerCallKind, bool> Cross(params OwnerCallKind[] calls)
    {
        TheoryData<OwnerCallKind, bool> all = [];
        foreach (OwnerCallKind call in calls)
        {
            all.Add(call, true);
            all.Add(call, false);
        }

        return all;
    }

    /// <summary>Lets an owner confirm an error inside a call, which then returns, or goes on until its token is cancelled.</summary>
    private static Timing Confirm(VirtualTime time, ScriptedDataOwner owner, OwnerCallKind call, bool returns, ActiveBackupClient client)
    {
        Timing timing = new(time);
        owner.On(OwnerCallKind.TerminateMultiStageOperation, timing.Terminate);
        owner.On(call, async (_, t) =>
        {
            await time.DelayAsync(TimeSpan.FromSeconds(5), t);
            timing.Mark();
            await client.ConfirmReadyForBurAsync(Own, CancellationToken.None);
            await (returns ? Task.CompletedTask : time.DelayAsync(TimeSpan.FromSeconds(30), t));
        });
        return timing;
    }

    private static async Task<ScriptedDataOwner> AddSlowAsync(VirtualHost host, string name, bool slowBackup = true)
    {
        ScriptedDataOwner slow = await host.AddOwnerAsync(name);
        return slow.On(slowBackup ? OwnerCallKind.GetBackupDataSection : OwnerCallKind.RestoreBaseDataSection,
            async (_, t) => await host.Time.DelayAsync(Hour, t));
    }

    /// <summary>Adds three owners, backs them up and changes them; one of them is connected through a client that is given back.</summary>
    private static async Task<(ScriptedDataOwner[] Owners, Func<ActiveBackupClient> Bad)> AddForRestoreAsync(VirtualHost host, OwnerPolicy policy,
        int badIs = 0)
    {
        ActiveBackupClient? client = null;
        ScriptedDataOwner[] owners = [.. Enumerable.Range(0, 3).Select(i => host.Owner($"owner{i}"))];
        for (int i = 0; i < owners.Length; i++)
        {
            bool isBad = i == badIs;
            await host.AddAsync(owners[i].Name, owners[i], r => r with { Policy = isBad ? policy : OwnerPolicy.Required }, p => !isBad ? p : p with
            {
                PrepareAsync = (c, _, _) =>
                {
                    client = c;
                    return new(ErrorCode.None);
                },
            });
        }

        await host.BackupAsync();
        foreach (ScriptedDataOwner owner in owners)
        {
            owner.Set("now");
        }

        return (owners, () => client!);
    }

    /// <summary>When an owner failed, and when it was terminated.</summary>
    private sealed class Timing(VirtualTime time)
    {
        private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);
        private readonly List<TimeSpan> _terminated = [];

        public TimeSpan Failed { get; private set; }

        public void Mark() => Failed = time.Elapsed;

        public ValueTask Terminate(int call, CancellationToken cancellationToken)
        {
            _terminated.Add(time.Elapsed);
            return default;
        }

        public void AssertAtOnce((ErrorCode Error, TimeSpan At) failure, ErrorCode? code = null, int terminates = 1)
        {
            Assert.NotEqual(TimeSpan.Zero, Failed);
            Assert.Equal(code ?? Own, failure.Error);
            Assert.InRange(failure.At - Failed, TimeSpan.Zero, Instant);
            Assert.Equal(terminates, _terminated.Count);
            Assert.All(_terminated, at => Assert.InRange(at - Failed, TimeSpan.Zero, Instant));
        }
    }

    /// <summary>A storage that does something before it renames a restore record.</summary>
    private sealed class HookedStorage(IRepositoryStorage inner) : ForwardingStorage(inner)
    {
        public Func<Task>? BeforeRename { get; set; }

        public override async ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
        {
            if (to.StartsWith("restores/", StringComparison.Ordinal) && BeforeRename is { } before)
            {
                BeforeRename = null;
                await before();
            }

            await base.RenameAsync(from, to, cancellationToken);
        }
    }

    /// <summary>A clock of one owner that can skip a day, so that its lease expires.</summary>
    private sealed class SkippingClock(TimeProvider inner) : TimeProvider
    {
        private readonly List<(TimerCallback Call, object? State)> _timers = [];
        private long _skipped;

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override long GetTimestamp() => inner.GetTimestamp() + _skipped;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add((callback, state));
            return inner.CreateTimer(callback, state, dueTime, period);
        }

        public void Skip()
        {
            _skipped += TimeSpan.FromDays(1).Ticks;
            _timers.ForEach(t => t.Call(t.State));
        }
    }
}
