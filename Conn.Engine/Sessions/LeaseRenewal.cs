namespace Conn.Engine.Sessions;

/// <summary>Renews every live lease at least each third of the shortest one seen, whatever the engine is doing meanwhile. Used in the engine's loop only.</summary>
internal sealed class LeaseRenewal : IDisposable
{
    private readonly ITimer _timer;
    private TimeSpan _every = TimeSpan.MaxValue;

    public LeaseRenewal(TimeProvider time, SerialLoop loop, Action renew) =>
        _timer = time.CreateTimer(_ => loop.Post(_ => renew(), null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>A connection with this lease has come.</summary>
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
