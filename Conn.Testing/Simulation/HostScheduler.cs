using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace Conn.Testing.Simulation;

/// <summary>
/// The scheduler of something that can die or block: once it is dead, nothing of what was or will be scheduled on it runs; while it is blocked, everything
/// due on it waits.
/// </summary>
internal sealed class HostScheduler(IScheduler inner) : IScheduler
{
    private readonly Queue<Func<IDisposable>> _waiting = new();
    private TaskCompletionSource? _blocked;

    public bool IsDead { get; private set; }

    public bool IsBlocked => _blocked is not null;

    /// <summary>When the thread is free again; <see cref="DateTimeOffset.MaxValue"/> when it is blocked for good.</summary>
    public DateTimeOffset FreeAt { get; private set; }

    /// <summary>Completes when the thread is not blocked.</summary>
    public Task WhenFree => _blocked?.Task ?? Task.CompletedTask;

    public DateTimeOffset Now => inner.Now;

    public void Die() => IsDead = true;

    /// <summary>The thread blocks.</summary>
    /// <param name="length">For how long; null for good.</param>
    public void Block(TimeSpan? length)
    {
        _blocked ??= new TaskCompletionSource();
        FreeAt = length is { } limit ? Now + limit : DateTimeOffset.MaxValue;
        if (length is { } due)
        {
            inner.Schedule(due, Free);
        }
    }

    public IDisposable Schedule<TState>(TState state, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule((this, state, action), static (_, s) => s.Item1.Run(s.state, s.action));

    public IDisposable Schedule<TState>(TState state, TimeSpan dueTime, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule((this, state, action), dueTime, static (_, s) => s.Item1.Run(s.state, s.action));

    public IDisposable Schedule<TState>(TState state, DateTimeOffset dueTime, Func<IScheduler, TState, IDisposable> action) =>
        inner.Schedule((this, state, action), dueTime, static (_, s) => s.Item1.Run(s.state, s.action));

    private IDisposable Run<TState>(TState state, Func<IScheduler, TState, IDisposable> action)
    {
        if (IsBlocked && !IsDead)
        {
            _waiting.Enqueue(() => action(this, state));
            return Disposable.Empty;
        }

        return IsDead ? Disposable.Empty : action(this, state);
    }

    private void Free()
    {
        if (_blocked is not { } blocked || FreeAt > Now)
        {
            return;
        }

        _blocked = null;
        blocked.SetResult();
        while (_waiting.TryDequeue(out Func<IDisposable>? next))
        {
            Func<IDisposable> due = next;
            this.Schedule(() => due());
        }
    }
}
