using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace Conn.Testing.Simulation;

/// <summary>The scheduler of something that can die: once it is dead, nothing of what was or will be scheduled on it runs.</summary>
internal sealed class HostScheduler(IScheduler inner) : IScheduler
{
    public bool IsDead { get; private set; }

    public DateTimeOffset Now => inner.Now;

    public void Die() => IsDead = true;

    public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule((this, state, action), static (_, s) => s.Item1.Run(s.state, s.action));

    public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule((this, state, action), dueTime, static (_, s) => s.Item1.Run(s.state, s.action));

    public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule((this, state, action), dueTime, static (_, s) => s.Item1.Run(s.state, s.action));

    private IDisposable Run<TState>(TState state, Func<IScheduler, TState, IDisposable> action) => IsDead ? Disposable.Empty : action(this, state);
}
