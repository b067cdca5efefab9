using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Machines;
using Conn.Engine;
using Conn.PubSub.Security;
using Conn.Repository.Sets;
using Conn.Testing.Hosting;
using Conn.Testing.Owners;
using Conn.Testing.Time;
using Xunit;

namespace Conn.Simulation;

/// <summary>What simulation once found, each as the shortest scenario that shows it.</summary>
public sealed class PinnedTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public void A_refusal_that_an_owner_throws_ends_its_own_part_only() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner throws = await AddAsync(host, "throws");
        using ScriptedDataOwner good = await AddAsync(host, "good");
        throws.On(OwnerCallKind.GetBackupDataSection, (_, _) => throw new IllegalEventException("machine", "an owner of its own", "state", "event", []));

        BackupReport report = await BackupAsync(host);

        Assert.Equal((OwnerOutcome.Failed, ErrorCode.NotReady), (report.Owners[0].Outcome, report.Owners[0].Error));
        Assert.Equal(OwnerOutcome.Succeeded, report.Owners[1].Outcome);
    });

    [Fact]
    public void An_owner_whose_callback_still_runs_is_not_called_by_the_next_operation() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner late = await AddAsync(host, "late");
        bool inside = false;
        late.On(OwnerCallKind.InitialiseGetBackupData, async (call, _) =>
        {
            inside = true;
            await time.DelayAsync(TimeSpan.FromSeconds(call == 0 ? 90 : 0), Never);
            inside = false;
        });
        late.On(OwnerCallKind.AllSnapshotsSupplied, (_, _) =>
        {
            Assert.False(inside);
            return default;
        });

        BackupReport first = await BackupAsync(host);
        BackupReport second = await BackupAsync(host);

        Assert.Equal(ErrorCode.TimedOut, first.Owners[0].Error);
        Assert.Equal(OperationOutcome.Succeeded, second.Outcome);
        Assert.True(time.Elapsed >= TimeSpan.FromSeconds(90));
    });

    [Fact]
    public void A_restore_replaces_an_earlier_committed_one_of_the_same_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = await AddAsync(host, "owner");
        await BackupAsync(host);
        owner.Data[DriveNumber.C] = [2];
        await BackupAsync(host);
        bool cut = true;
        owner.On(OwnerCallKind.RestoreComplete, (_, _) => cut ? throw new ConnException(ErrorCode.TimedOut, "cut off") : default);
        owner.On(OwnerCallKind.ResumeRestore, (_, _) => cut ? throw new ConnException(ErrorCode.TimedOut, "not now") : default);
        await RestoreAsync(host, 0);
        cut = false;
        owner.On(OwnerCallKind.ResumeRestore, (call, _) => call == 0 ? throw new ConnException(ErrorCode.TimedOut, "not now") : default);

        RestoreReport newer = await RestoreAsync(host, 1);
        BackupReport next = await BackupAsync(host);

        Assert.True(newer.Committed);
        Assert.Equal([2], owner.Data[DriveNumber.C]);
        Assert.DoesNotContain(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Empty(await host.Repository.Restores.ListPendingAsync(Never));
    });

    [Fact]
    public void A_storage_that_cannot_record_one_owner_keeps_no_other_from_its_place() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner one = await AddAsync(host, "one");
        using ScriptedDataOwner two = await AddAsync(host, "two");
        await BackupAsync(host);
        one.Data[DriveNumber.C] = [9];
        two.Data[DriveNumber.C] = [9];
        one.On(OwnerCallKind.RestoreComplete, (_, _) =>
        {
            host.Storage.CapacityBytes = 0;
            return default;
        });

        RestoreReport report = await RestoreAsync(host, 0);
        host.Storage.CapacityBytes = long.MaxValue;

        Assert.True(report.Committed);
        Assert.Equal([1, 2, 3], one.Data[DriveNumber.C]);
        Assert.Equal([1, 2, 3], two.Data[DriveNumber.C]);
        Assert.False(one.Holds || two.Holds);
        Assert.Contains(report.Notes, n => n.Contains("could not be recorded", StringComparison.Ordinal));
    });

    [Fact]
    public void An_owner_that_connects_as_the_mode_moves_on_stays_connected() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        SecureId absent = await host.RegisterAsync("absent");
        using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
        int connections = 0;
        await host.AddAsync("owner", owner, participate: p => p with
        {
            PrepareAsync = async (_, _, token) =>
            {
                connections++;
                await time.DelayAsync(TimeSpan.FromSeconds(10), token);
                return ErrorCode.Success;
            },
        });
        using CancellationTokenSource abort = new();
        Task<BackupReport> first = host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository, Owners = [absent] }, abort.Token);
        await time.DelayAsync(TimeSpan.FromSeconds(5), Never);
        abort.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);

        BackupReport second = await host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository, Owners = [new SecureId(absent.Value + 1)] }, Never);

        Assert.Equal(OperationOutcome.Succeeded, second.Outcome);
        Assert.Equal(1, connections);
    });

    [Fact]
    public void A_call_that_ran_late_does_not_renew_the_lease_of_an_engine_that_is_gone() => VirtualTime.Run(async time =>
    {
        SilentEngine engine = new();
        using ScriptedDataOwner owner = new("owner", null);
        await using ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(engine, new SecureId(0x20000001), owner,
            new ActiveBackupClientOptions { Scheduler = time.Scheduler, TimeProvider = time.Clock, Lease = TimeSpan.FromSeconds(90) }, Never);
        owner.On(OwnerCallKind.TerminateMultiStageOperation, async (call, _) => await time.DelayAsync(TimeSpan.FromSeconds(call == 0 ? 60 : 0), Never));
        _ = engine.Owner!.InvokeAsync(OwnerCall.Terminate(), Never).AsTask();
        _ = engine.Owner.InvokeAsync(OwnerCall.Terminate(), Never).AsTask();

        await time.DelayAsync(TimeSpan.FromSeconds(91), Never);

        Assert.True(client.Ended.IsCompleted, "the lease was renewed by a call that had only waited");
    });

    [Fact]
    public void A_call_that_was_given_up_before_it_began_never_reaches_its_owner() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        BlockableScheduler thread = new(time.Scheduler);
        using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
        owner.On(OwnerCallKind.GetExpectedDataSize, (_, _) =>
        {
            thread.Block();
            return default;
        });
        await host.AddAsync("owner", owner, participate: p => p with { Client = p.Client with { Scheduler = thread } });

        BackupReport report = await BackupAsync(host);
        thread.Free();
        await time.DelayAsync(TimeSpan.FromSeconds(1), Never);

        Assert.Equal(ErrorCode.TimedOut, report.Owners[0].Error);
        Assert.DoesNotContain(host.Trace.Of("owner"), c => c.StartsWith(nameof(OwnerCallKind.InitialiseGetBackupData), StringComparison.Ordinal));
    });

    [Fact]
    public void A_preparation_whose_operation_has_ended_does_not_begin() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        BlockableScheduler thread = new(time.Scheduler);
        using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
        List<ActiveBackupClient> prepared = [];
        await host.AddAsync("owner", owner, participate: p => p with
        {
            Client = p.Client with { Scheduler = thread },
            PrepareAsync = (client, _, _) =>
            {
                prepared.Add(client);
                return new(ErrorCode.Success);
            },
        });
        using IDisposable blocks = host.Engine.Progress.Subscribe(p =>
        {
            if (p.Phase == OperationPhase.ModeEntered)
            {
                // The owner hears the mode first.
                time.Scheduler.Schedule(TimeSpan.FromTicks(3), thread.Block);
            }
        });

        BackupReport report = await BackupAsync(host);
        thread.Free();
        await time.DelayAsync(TimeSpan.FromSeconds(1), Never);

        Assert.Equal(ErrorCode.TimedOut, report.Owners[0].Error);
        Assert.Empty(prepared);
    });

    [Fact]
    public void What_an_owner_leaves_out_when_a_restore_is_rolled_forward_is_in_the_report() => VirtualTime.Run(async time =>
    {
        await using VirtualHost host = await VirtualHost.StartAsync(time);
        using ScriptedDataOwner owner = new("owner", host.Trace) { Data = { [DriveNumber.C] = [1] } };
        await host.AddAsync("owner", owner, participate: p => p with { Client = p.Client with { Layer = c => new RemarkLayer(c, "a file was left out") } });
        await BackupAsync(host);
        owner.On(OwnerCallKind.RestoreComplete, (call, _) => call == 0 ? throw new ConnException(ErrorCode.TimedOut, "cut off") : default);
        await RestoreAsync(host, 0);

        BackupReport next = await BackupAsync(host);

        Assert.Contains(next.Notes, n => n.Contains("rolled forward", StringComparison.Ordinal));
        Assert.Contains(next.Notes, n => n.Contains("a file was left out", StringComparison.Ordinal));
    });

    private static async Task<ScriptedDataOwner> AddAsync(VirtualHost host, string name)
    {
        ScriptedDataOwner owner = new(name, host.Trace) { Data = { [DriveNumber.C] = [1, 2, 3] } };
        await host.AddAsync(name, owner);
        return owner;
    }

    private static Task<BackupReport> BackupAsync(VirtualHost host) => host.Engine.BackupAsync(new BackupRequest { Repository = host.Repository }, Never);

    private static async Task<RestoreReport> RestoreAsync(VirtualHost host, int set)
    {
        SetList sets = await host.Repository.ListSetsAsync(Never);
        return await host.Engine.RestoreAsync(new RestoreRequest { Repository = host.Repository, Set = sets[set] }, Never);
    }

    /// <summary>An owner's thread that can be blocked: what is scheduled then waits until it is free.</summary>
    private sealed class BlockableScheduler(IScheduler inner) : IScheduler
    {
        private readonly Queue<Action> _waiting = new();
        private bool _isBlocked;

        public DateTimeOffset Now => inner.Now;

        public void Block() => _isBlocked = true;

        public void Free()
        {
            _isBlocked = false;
            while (_waiting.TryDequeue(out Action? next))
            {
                inner.Schedule(next);
            }
        }

        public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(() => Run(() => action(this, state)));

        public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(dueTime, () => Run(() => action(this, state)));

        public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(dueTime, () => Run(() => action(this, state)));

        private void Run(Action action)
        {
            if (_isBlocked)
            {
                _waiting.Enqueue(action);
            }
            else
            {
                action();
            }
        }
    }

    /// <summary>Gives an owner remarks: one thing that it leaves out of every part.</summary>
    private sealed class RemarkLayer(IOwnerChannel inner, string error) : IOwnerChannel
    {
        public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
        {
            if (call.Kind == OwnerCallKind.TakeRemarks)
            {
                return new OwnerCallResult { Remarks = new OwnerRemarks([], [error]) };
            }

            OwnerCallResult result = await inner.InvokeAsync(call, cancellationToken);
            return call.Kind == OwnerCallKind.Begin ? result with { Features = result.Features | OwnerFeatures.Remarks } : result;
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    /// <summary>Accepts a connection and then stays silent.</summary>
    private sealed class SilentEngine : IActiveBackupTransport, IEngineSession
    {
        public IOwnerChannel? Owner { get; private set; }

        public ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
        {
            Owner = connection.Channel;
            return new(this);
        }

        public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(default(BurModeInfo));

        public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) => new(false);

        public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => default;

        public void ReportProgress()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
