using System.Reactive.Concurrency;
using System.Reactive.Disposables;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Owners;
using Conn.Engine.Reports;
using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.Testing.Owners;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>Code of observers and owners that throws late, blocks its thread or uses up the pool: the engine's loop goes on.</summary>
public sealed class LoopSurvivalTests
{
    private const string EngineThread = "Conn engine";
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task An_async_progress_observer_that_throws_after_its_await_is_reported_and_the_operation_ends()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("one", owner);
        EventLog<string?> before = new();
        EventLog<string?> after = new();
        using IDisposable watch = host.Engine.Progress.Subscribe(async _ =>
        {
            before.Add(Thread.CurrentThread.Name);
            await Task.Yield();
            after.Add(Thread.CurrentThread.Name);
            throw new InvalidOperationException("cannot draw");
        });

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        await host.EngineErrors.WaitForAsync(before.Events.Count, "each failure of the observer is reported");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        Assert.NotEmpty(before.Events);
        Assert.All(before.Events, name => Assert.Equal(EngineThread, name));
        Assert.All(after.Events, name => Assert.NotEqual(EngineThread, name));
        Assert.Equal(before.Events.Count, host.Engine.Faults);
        Assert.All(host.EngineErrors.Events, e => Assert.Equal("cannot draw", e.Message));
        await AssertAnswersAsync(host);
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync().Within("the next backup ends")).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trace_that_throws_is_reported_and_the_operation_ends(bool later)
    {
        EventLog<string?> before = new();
        EventLog<string?> thrown = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { Trace = later ? ThrowLater : Throw });
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("one", owner);

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        await host.EngineErrors.WaitForAsync(before.Events.Count, "each failure of the trace is reported");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        Assert.NotEmpty(before.Events);
        Assert.All(before.Events, name => Assert.Equal(EngineThread, name));
        Assert.All(thrown.Events, name => Assert.Equal(later, name != EngineThread));
        Assert.Equal(before.Events.Count, host.Engine.Faults);
        await AssertAnswersAsync(host);

        void Throw(TraceEntry entry)
        {
            before.Add(Thread.CurrentThread.Name);
            thrown.Add(Thread.CurrentThread.Name);
            throw new InvalidOperationException("cannot write");
        }

        async void ThrowLater(TraceEntry entry)
        {
            before.Add(Thread.CurrentThread.Name);
            await Task.Yield();
            thrown.Add(Thread.CurrentThread.Name);
            throw new InvalidOperationException("cannot write");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_inline_observer_of_the_mode_that_throws_does_not_end_the_operation(bool later)
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("one", owner);
        EventLog<string?> after = new();
        // The first value comes while it subscribes, on this thread; what it throws then is the test's own.
        using IDisposable watch = host.OpenBus(new SecureId(0x20000001)).ObserveBurMode(new ObserveOptions { Delivery = Delivery.Inline }).Subscribe(
            async mode =>
            {
                if (mode.IsIdle)
                {
                    return;
                }

                if (later)
                {
                    await Task.Yield();
                }

                after.Add(Thread.CurrentThread.Name);
                throw new InvalidOperationException("cannot follow");
            }, _ => { });

        BackupReport report = await host.BackupAsync().Within("the backup ends");
        await host.EngineErrors.WaitForAsync(e => e.Message == "cannot follow", "the failure of the observer is reported");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        Assert.Equal(later, after.Events[0] != EngineThread);
        Assert.Equal(1, host.Engine.Faults);
        await AssertAnswersAsync(host);
    }

    [Fact]
    public async Task An_error_handler_that_throws_is_counted_and_the_operation_ends()
    {
        int handled = 0;
        await using RealHost host = await RealHost.StartAsync(o => o with
        {
            OnError = _ =>
            {
                Interlocked.Increment(ref handled);
                throw new FormatException("cannot report");
            },
        });
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("one", owner);
        using IDisposable watch = host.Engine.Progress.Subscribe(_ => throw new InvalidOperationException("cannot draw"));

        BackupReport report = await host.BackupAsync().Within("the backup ends");

        Assert.Equal((OperationOutcome.Succeeded, BurMode.Normal), (report.Outcome, host.Mode));
        // The observer failed once and was removed; the handler failed once.
        Assert.Equal((1, 2), (handled, host.Engine.Faults));
        await AssertAnswersAsync(host);
    }

    [Fact]
    public async Task A_plan_that_blocks_its_thread_is_timed_out_and_the_engine_answers_in_the_meantime()
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("blocks", owner, r => r with { NoProgressTimeout = Soon }, Plan(blocker.Enter));
        await host.BackupAsync().Within("the backup ends");

        Task<RestoreReport> running = host.RestoreAsync();
        await blocker.EnteredAsync();
        await AssertAnswersAsync(host);
        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => running.Within("the restore is refused"));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        Assert.Equal(BurMode.Normal, host.Mode);
        await AssertAnswersAsync(host);
        blocker.Open();
        Assert.Equal(OperationOutcome.Succeeded, (await host.BackupAsync().Within("the next backup ends")).Outcome);
    }

    [Fact]
    public async Task A_plan_that_waits_for_an_engine_call_gets_its_answer()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = Owner();
        int owners = 0;
        await host.AddAsync("asks", owner, participate: Plan(() => owners = host.Engine.OwnersAsync(CancellationToken.None).GetAwaiter().GetResult().Count));
        await host.BackupAsync().Within("the backup ends");

        RestoreReport report = await host.RestoreAsync().Within("the restore ends");

        Assert.Equal((OperationOutcome.Succeeded, 1), (report.Outcome, owners));
    }

    [Fact]
    public async Task A_plan_that_never_returns_is_timed_out()
    {
        await using RealHost host = await RealHost.StartAsync();
        using ScriptedDataOwner owner = Owner();
        TaskCompletionSource hung = new();
        await host.AddAsync("hangs", owner, r => r with { NoProgressTimeout = Soon }, p => p.WithLayer(async (call, next, cancellationToken) =>
        {
            await (call.Kind == OwnerCallKind.PlanRestore ? hung.Task : Task.CompletedTask);
            return await next(call, cancellationToken);
        }));
        await host.BackupAsync().Within("the backup ends");

        OperationRefusedException refused = await Assert.ThrowsAsync<OperationRefusedException>(() => host.RestoreAsync().Within("the restore is refused"));

        Assert.Equal((OperationRefusal.RefusedByOwner, ErrorCode.TimedOut), (refused.Refusal, refused.Code));
        await AssertAnswersAsync(host);
        hung.SetResult();
    }

    [Fact]
    public async Task An_abort_takes_effect_while_a_plan_blocks_its_thread()
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("blocks", owner, participate: Plan(blocker.Enter));
        await host.BackupAsync().Within("the backup ends");
        using CancellationTokenSource abort = new();

        Task<RestoreReport> running = host.RestoreUntilAsync(abort.Token);
        await blocker.EnteredAsync();
        abort.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Within("the restore is aborted"));
        Assert.Equal(BurMode.Normal, host.Mode);
        await AssertAnswersAsync(host);
        blocker.Open();
    }

    [Fact]
    public async Task The_lease_of_another_client_does_not_expire_while_a_plan_blocks_its_thread()
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        using Blocker blocker = new();
        using ScriptedDataOwner owner = Owner();
        await host.AddAsync("blocks", owner, participate: Plan(blocker.Enter));
        await host.BackupAsync().Within("the backup ends");
        ActiveBackupClient other = await host.ConnectReadyAsync("other", null, change: o => o with { Lease = TimeSpan.FromSeconds(2) });

        Task<RestoreReport> running = host.RestoreAsync();
        await blocker.EnteredAsync();
        for (int halfSecond = 0; halfSecond < 16; halfSecond++)
        {
            clock.Advance(TimeSpan.FromSeconds(0.5));
            // The engine answers in order: when this answer comes, the leases that were due are renewed.
            await AssertAnswersAsync(host);
        }

        Assert.False(other.Ended.IsCompleted, "Expected: the lease is renewed. Actual: it expired.");
        clock.Advance(TimeSpan.FromSeconds(60));
        await Assert.ThrowsAsync<OperationRefusedException>(() => running.Within("the restore is refused"));
        blocker.Open();
    }

    [Theory]
    [InlineData(SchedulerKind.Immediate)]
    [InlineData(SchedulerKind.CurrentThread)]
    public async Task A_callback_that_blocks_the_thread_it_is_called_on_fails_its_owner_alone(SchedulerKind kind)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon });
        using Blocker blocker = new();
        using ScriptedDataOwner good = Owner();
        await host.AddAsync("good", good);
        using ScriptedDataOwner bad = Owner();
        bad.On(OwnerCallKind.AllSnapshotsSupplied, (_, _) =>
        {
            blocker.Enter();
            return default;
        });
        await host.AddAsync("bad", bad, Bad, p => p with { Client = p.Client with { Scheduler = Make(kind, blocker) } });

        Task<BackupReport> running = host.BackupAsync();
        await blocker.EnteredAsync();
        await AssertAnswersAsync(host);
        BackupReport report = await running.Within("the backup ends");

        Assert.Equal((OwnerOutcome.Succeeded, ErrorCode.TimedOut), (report.Of("good").Outcome, report.Of("bad").Error));
        Assert.Equal((OperationOutcome.Partial, BurMode.Normal), (report.Outcome, host.Mode));
        await AssertAnswersAsync(host);
    }

    [Theory]
    [InlineData(SchedulerKind.Immediate)]
    [InlineData(SchedulerKind.CurrentThread)]
    [InlineData(SchedulerKind.Pool)]
    public async Task A_callback_that_waits_for_an_engine_call_gets_its_answer(SchedulerKind kind)
    {
        await using RealHost host = await RealHost.StartAsync();
        using Blocker blocker = new();
        using ScriptedDataOwner owner = Owner();
        List<DataOwnerStatus> answers = [];
        foreach (OwnerCallKind call in new[] { OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetBackupDataSection, OwnerCallKind.PrepareRestore })
        {
            owner.On(call, (_, _) =>
            {
                answers.Add(host.Engine.OwnersAsync(CancellationToken.None).GetAwaiter().GetResult()[0].Status);
                return default;
            });
        }

        await host.AddAsync("one", owner, participate: p => p with { Client = p.Client with { Scheduler = Make(kind, blocker) } });

        BackupReport backup = await host.BackupAsync().Within("the backup ends");
        RestoreReport restore = await host.RestoreAsync().Within("the restore ends");

        Assert.Equal((OperationOutcome.Succeeded, OperationOutcome.Succeeded, 3), (backup.Outcome, restore.Outcome, answers.Count));
    }

    [Theory]
    [InlineData(SchedulerKind.Blocks, false)]
    [InlineData(SchedulerKind.Blocks, true)]
    [InlineData(SchedulerKind.Throws, false)]
    [InlineData(SchedulerKind.Throws, true)]
    [InlineData(SchedulerKind.NeverRuns, false)]
    [InlineData(SchedulerKind.NeverRuns, true)]
    public async Task A_scheduler_that_does_not_do_its_work_fails_its_owner_alone(SchedulerKind kind, bool follows)
    {
        await using RealHost host = await RealHost.StartAsync(o => o with { AbortTimeout = Soon, ReadinessTimeout = TimeSpan.FromMilliseconds(300) });
        using Blocker blocker = new();
        using ScriptedDataOwner good = Owner();
        await host.ConnectReadyAsync("good", good);
        using ScriptedDataOwner bad = Owner();
        BrokenScheduler scheduler = new(kind, blocker);
        if (follows)
        {
            await host.AddAsync("bad", bad, Bad, p => p with { Client = p.Client with { Scheduler = scheduler } });
        }
        else
        {
            await host.ConnectReadyAsync("bad", bad, Bad, o => o with { Scheduler = scheduler });
        }

        scheduler.Break();

        BackupReport report = await host.BackupAsync().Within("the backup ends");

        Assert.Equal((OwnerOutcome.Succeeded, OwnerOutcome.Failed), (report.Of("good").Outcome, report.Of("bad").Outcome));
        // A participant may have asked for a piece of work before the scheduler broke, and hear of the mode by that.
        ErrorCode[] expected = kind != SchedulerKind.Throws ? [ErrorCode.TimedOut] : follows ? [ErrorCode.General, ErrorCode.TimedOut] : [ErrorCode.General];
        Assert.Contains(report.Of("bad").Error, expected);
        Assert.Equal((OperationOutcome.Partial, BurMode.Normal), (report.Outcome, host.Mode));
        await AssertAnswersAsync(host);
        scheduler.Mend();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_clock_of_a_client_that_does_not_do_its_work_keeps_no_other_lease_from_being_renewed(bool throws)
    {
        ManualClock clock = new();
        await using RealHost host = await RealHost.StartAsync(o => o with { TimeProvider = clock });
        using Blocker blocker = new();
        BrokenClock broken = new(throws, blocker);
        await host.ConnectReadyAsync("bad", null, Bad, o => o with { TimeProvider = broken });
        ActiveBackupClient other = await host.ConnectReadyAsync("other", null, change: o => o with { Lease = TimeSpan.FromSeconds(30) });
        broken.Break();

        for (int second = 0; second < 60; second += 5)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            await AssertAnswersAsync(host);
        }

        Assert.False(other.Ended.IsCompleted, "Expected: the lease of the other owner is renewed. Actual: it expired.");
    }

    private static ScriptedDataOwner Owner()
    {
        ScriptedDataOwner owner = new("owner", null);
        owner.Set("some data");
        return owner;
    }

    private static DataOwnerRegistration Bad(DataOwnerRegistration registration) =>
        registration with { Policy = OwnerPolicy.BestEffort, NoProgressTimeout = Soon };

    private static Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions> Plan(Action act) => p => p.WithLayer((call, next, cancellationToken) =>
    {
        if (call.Kind == OwnerCallKind.PlanRestore)
        {
            act();
        }

        return next(call, cancellationToken);
    });

    private static async Task AssertAnswersAsync(RealHost host)
    {
        IReadOnlyList<OwnerStanding> owners = await host.Engine.OwnersAsync(CancellationToken.None).Within("the engine answers");
        Assert.NotEmpty(owners);
    }

    private static IScheduler Make(SchedulerKind kind, Blocker blocker) => kind switch
    {
        SchedulerKind.Immediate => ImmediateScheduler.Instance,
        SchedulerKind.CurrentThread => CurrentThreadScheduler.Instance,
        SchedulerKind.Pool => TaskPoolScheduler.Default,
        _ => new BrokenScheduler(kind, blocker),
    };

    /// <summary>How a scheduler runs work.</summary>
    public enum SchedulerKind
    {
        Pool,
        Immediate,
        CurrentThread,
        Blocks,
        Throws,
        NeverRuns,
    }

    /// <summary>A scheduler that works like the pool until it breaks; once it is mended, it runs what it was given.</summary>
    private sealed class BrokenScheduler(SchedulerKind kind, Blocker blocker) : IScheduler
    {
        private readonly Lock _lock = new(); // guards _isBroken and _kept
        private readonly List<Action> _kept = [];
        private bool _isBroken;

        public DateTimeOffset Now => TaskPoolScheduler.Default.Now;

        public void Break()
        {
            lock (_lock)
            {
                _isBroken = true;
            }
        }

        public void Mend()
        {
            lock (_lock)
            {
                _isBroken = false;
                _kept.ForEach(work => TaskPoolScheduler.Default.Schedule(work));
            }
        }

        public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action)
        {
            lock (_lock)
            {
                if (!_isBroken)
                {
                    return TaskPoolScheduler.Default.Schedule(state, action);
                }

                if (kind == SchedulerKind.NeverRuns)
                {
                    _kept.Add(() => action(this, state));
                    return Disposable.Empty;
                }
            }

            if (kind == SchedulerKind.Throws)
            {
                throw new InvalidOperationException("broken");
            }

            blocker.Enter();
            return TaskPoolScheduler.Default.Schedule(state, action);
        }

        public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => Schedule(state, action);

        public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) => Schedule(state, action);
    }

    /// <summary>A clock that works like the system's until it breaks.</summary>
    private sealed class BrokenClock(bool throws, Blocker blocker) : TimeProvider
    {
        private volatile bool _isBroken;

        public void Break() => _isBroken = true;

        public override long GetTimestamp()
        {
            if (_isBroken && throws)
            {
                throw new InvalidOperationException("broken");
            }

            if (_isBroken)
            {
                blocker.Enter();
            }

            return base.GetTimestamp();
        }
    }
}
