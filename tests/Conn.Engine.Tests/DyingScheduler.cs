using System.Reactive.Concurrency;

namespace Conn.Engine.Tests;

/// <summary>A scheduler that its host disposes while a turn of it runs.</summary>
internal sealed class DyingScheduler(IScheduler inner) : IScheduler
{
    private bool _dead;

    public bool DiesInNextTurn { get; set; }

    public DateTimeOffset Now => inner.Now;

    public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action)
    {
        ObjectDisposedException.ThrowIf(_dead, this);
        return inner.Schedule(state, (_, s) =>
        {
            _dead |= DiesInNextTurn;
            return action(this, s);
        });
    }

    public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(state, dueTime, action);

    public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(state, dueTime, action);
}
