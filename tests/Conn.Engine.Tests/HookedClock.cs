namespace Conn.Engine.Tests;

/// <summary>The clock of another provider; a test is called at every change of a timer, in the middle of the code that makes it.</summary>
internal sealed class HookedClock(TimeProvider inner) : TimeProvider
{
    /// <summary>Called before a timer changes, with its due time.</summary>
    public Action<TimeSpan>? Changing { get; set; }

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow();

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new HookedTimer(this, inner.CreateTimer(callback, state, dueTime, period));

    private sealed class HookedTimer(HookedClock clock, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock.Changing?.Invoke(dueTime);
            return inner.Change(dueTime, period);
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
