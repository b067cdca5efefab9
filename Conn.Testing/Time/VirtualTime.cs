using System.Reactive.Concurrency;
using Microsoft.Reactive.Testing;

namespace Conn.Testing.Time;

/// <summary>One virtual clock for everything: a <see cref="TestScheduler"/> behind <see cref="TimeProvider"/>, <see cref="IScheduler"/> and the continuations
/// of async code.</summary>
/// <remarks>
/// <para>Use <see cref="Run"/>: the scenario runs on the calling thread; time moves only when nothing is left to do at the present moment, to the
/// moment of the next timer. An hour passes in no time, and the same scenario gives the same order of events every time.</para>
/// <para>Rules: give <see cref="Clock"/> and <see cref="Scheduler"/> to all code under test; no ConfigureAwait(false) and no Task.Run in it; wrap
/// real work that is awaited (files, databases) in <see cref="RealAsync{T}"/>, during which time stands still.</para>
/// <para>A broken rule fails the scenario by name: a timer asked for on a foreign thread, a continuation that comes from one, a scenario that ends on
/// one.</para>
/// </remarks>
public sealed class VirtualTime
{
    private static readonly TimeSpan RealLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StrayLimit = TimeSpan.FromSeconds(1);

    private readonly PumpContext _context = new();
    private readonly PumpScheduler _scheduler;
    private readonly SchedulerClock _clock;
    private int _realWork;

    private VirtualTime()
    {
        // TestScheduler starts in year 1, where code that subtracts from Now fails.
        _scheduler = new PumpScheduler(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _clock = new SchedulerClock(_scheduler, RefuseForeign);
    }

    /// <summary>The clock: what code under test takes as its <see cref="TimeProvider"/>. Starts at 2026-01-01T00:00:00Z.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>The scheduler: the same clock for Rx, owners and the engine.</summary>
    public TestScheduler Scheduler => _scheduler;

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed => _scheduler.Now - _scheduler.StartedAt;

    /// <summary>Runs a scenario to its end in virtual time, on the calling thread.</summary>
    /// <param name="scenario">The scenario; its exception is thrown here.</param>
    /// <param name="limit">The most virtual time it may take; default one day.</param>
    /// <exception cref="VirtualTimeException">It waits for something that neither a timer nor real work will bring, or took longer than the limit.</exception>
    public static void Run(Func<VirtualTime, Task> scenario, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        VirtualTime time = new();
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(time._context);
        try
        {
            time.Pump(time.Watched(scenario(time)), limit ?? TimeSpan.FromDays(1));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>Waits for a moment of virtual time.</summary>
    /// <param name="delay">How long; zero or more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Completes at that moment.</returns>
    public Task DelayAsync(TimeSpan delay, CancellationToken cancellationToken = default) => Task.Delay(delay, _clock, cancellationToken);

    /// <summary>Awaits real work: virtual time stands still until it is done.</summary>
    /// <typeparam name="T">The work's result.</typeparam>
    /// <param name="work">The work, started by this call.</param>
    /// <returns>Its result, back on the pump.</returns>
    public async Task<T> RealAsync<T>(Func<Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        AssertOnPump("the start of real work");
        _context.IsRealWorkOpen = ++_realWork > 0;
        try
        {
            return await work();
        }
        finally
        {
            _context.IsRealWorkOpen = --_realWork > 0;
        }
    }

    /// <summary>Fails by name when the caller is not on the pump's thread: the event would have no place in virtual time.</summary>
    /// <param name="what">What happened.</param>
    /// <exception cref="VirtualTimeException">It happened on a foreign thread.</exception>
    public void AssertOnPump(string what)
    {
        if (!_context.IsPumpThread)
        {
            VirtualTimeException stray = VirtualTimeException.Foreign(_context.Where() + what);
            _context.Stray ??= stray;
            throw stray;
        }
    }

    /// <summary>Sets what says where the scenario is when something happens on a foreign thread.</summary>
    internal void Locate(Func<string> where) => _context.Where = where;

    /// <summary>Gives code that went to a foreign thread the time to come back from it, and so to be found.</summary>
    internal void WaitForStray() => _context.WaitForWork(StrayLimit);

    /// <summary>A scenario that ends on a foreign thread left the pump somewhere on its way.</summary>
    private Task Watched(Task scenario)
    {
        scenario.ContinueWith(static (_, s) =>
        {
            PumpContext context = (PumpContext)s!;
            if (!context.IsPumpThread)
            {
                context.Stray ??= VirtualTimeException.Foreign("The end of the scenario");
                context.Post(static _ => { }, null);
            }
        }, _context, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return scenario;
    }

    /// <summary>Real work has threads of its own and may look at the clock; nothing else may.</summary>
    private void RefuseForeign(string what)
    {
        if (_realWork == 0)
        {
            AssertOnPump(what);
        }
    }

    private void Pump(Task scenario, TimeSpan limit)
    {
        while (true)
        {
            _context.Drain();
            if (_context.Stray is { } stray)
            {
                throw stray;
            }

            if (scenario.IsCompleted)
            {
                scenario.GetAwaiter().GetResult();
                return;
            }

            if (_realWork > 0)
            {
                if (!_context.WaitForWork(RealLimit))
                {
                    throw new VirtualTimeException($"Real work did not end within {RealLimit.TotalSeconds:0} s.");
                }
            }
            else if (!_scheduler.RunNext() && !_context.HasWork && !_context.WaitForWork(StrayLimit))
            {
                // Whoever went to the pool had its time to be found there.
                throw new VirtualTimeException($"After {Elapsed} of virtual time the scenario waits for something that no timer will bring: {scenario.Status}.");
            }

            if (Elapsed > limit)
            {
                throw new VirtualTimeException($"The scenario is not done after {limit} of virtual time.");
            }
        }
    }
}
