namespace Conn.Engine.Tests;

/// <summary>A clock of one owner that can skip a day, so that its lease expires.</summary>
internal sealed class SkippingClock(TimeProvider inner) : TimeProvider
{
    private readonly List<(TimerCallback Call, object? State)> _timers = [];
    private long _skipped;

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override long GetTimestamp() => inner.GetTimestamp() + _skipped;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Add((callback, state));
        return inner.CreateTimer(callback, state, dueTime, period);
    }

    public void Skip()
    {
        _skipped += TimeSpan.FromDays(1).Ticks;
        _timers.ForEach(t => t.Call(t.State));
    }
}
