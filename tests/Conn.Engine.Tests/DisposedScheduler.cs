using System.Reactive.Concurrency;

namespace Conn.Engine.Tests;

/// <summary>A scheduler that its host disposes while a piece of work runs on it.</summary>
internal sealed class DisposedScheduler(IScheduler inner) : IScheduler
{
    private bool _disposed;

    /// <summary>Whether the next piece of work is the last that it takes.</summary>
    public bool EndsWithNextWork { get; set; }

    public DateTimeOffset Now => inner.Now;

    public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return inner.Schedule(state, (_, s) =>
        {
            _disposed |= EndsWithNextWork;
            return action(this, s);
        });
    }

    public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) => inner.Schedule(state, dueTime, action);

    public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule(state, dueTime, action);
}
