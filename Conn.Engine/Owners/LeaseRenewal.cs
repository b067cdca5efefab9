using Conn.Engine.Loop;

namespace Conn.Engine.Owners;

/// <summary>Renews every live lease at each third of the shortest one, whatever the engine's operation is doing. Used in the engine's loop only.</summary>
internal sealed class LeaseRenewal : IDisposable
{
    private readonly ITimer _timer;
    private TimeSpan _every = Timeout.InfiniteTimeSpan;

    /// <summary>Makes it; it rests until the first connection.</summary>
    /// <param name="loop">The engine's loop.</param>
    /// <param name="renew">Renews all leases, and returns the shortest one; null when no owner is connected.</param>
    public LeaseRenewal(EngineLoop loop, Func<TimeSpan?> renew) =>
        _timer = loop.Clock.CreateTimer(
            _ => loop.Post(_ => SetPace(renew() is { } shortest ? PaceOf(shortest) : Timeout.InfiniteTimeSpan), null), null,
            Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>A connection with this lease was accepted.</summary>
    public void Watch(TimeSpan lease)
    {
        if (_every == Timeout.InfiniteTimeSpan || PaceOf(lease) < _every)
        {
            SetPace(PaceOf(lease));
        }
    }

    /// <summary>A third of a lease; a timer counts whole milliseconds, and would rest with none.</summary>
    private static TimeSpan PaceOf(TimeSpan lease) => TimeSpan.FromMilliseconds(Math.Max(1, Math.Floor(lease.TotalMilliseconds / 3)));

    private void SetPace(TimeSpan every)
    {
        if (every != _every)
        {
            _every = every;
            _timer.Change(every, every);
        }
    }

    public void Dispose() => _timer.Dispose();
}
