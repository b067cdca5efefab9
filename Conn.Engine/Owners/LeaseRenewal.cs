using Conn.Engine.Loop;

namespace Conn.Engine.Owners;

/// <summary>Renews every live lease at least each third of the shortest one seen, whatever the engine is doing. Used in the engine's loop only.</summary>
internal sealed class LeaseRenewal : IDisposable
{
    private readonly ITimer _timer;
    private TimeSpan _every = TimeSpan.MaxValue;

    public LeaseRenewal(EngineLoop loop, Action renew) =>
        _timer = loop.Clock.CreateTimer(_ => loop.Post(_ => renew(), null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>A connection with this lease was accepted.</summary>
    public void Watch(TimeSpan lease)
    {
        TimeSpan third = lease / 3;
        if (third < _every)
        {
            _every = third;
            _timer.Change(third, third);
        }
    }

    public void Dispose() => _timer.Dispose();
}
