using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace Conn.Engine.Tests;

/// <summary>A scheduler that works like the pool until it breaks; once it is mended, it runs what it was given.</summary>
internal sealed class BrokenScheduler(SchedulerKind kind, Blocker blocker) : IScheduler
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
