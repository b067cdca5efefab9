namespace Conn.Engine.Tests;

/// <summary>A clock that a test moves by hand; timers run on the test's thread, in the order in which they are due. Any thread.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new(); // guards _timers and _now
    private readonly List<ManualTimer> _timers = [];
    private readonly EventLog<TimeSpan> _set = new();
    private long _now = TimeSpan.FromDays(1).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Waits until a timer is set to be due after this time.</summary>
    public Task TimerIsSetAsync(TimeSpan dueTime) => _set.WaitForAsync(t => t == dueTime, $"a timer is set to {dueTime}");

    public void Advance(TimeSpan by)
    {
        long target = GetTimestamp() + by.Ticks;
        while (true)
        {
            ManualTimer? next;
            lock (_lock)
            {
                next = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
                _now = next is null ? target : Math.Max(_now, next.Due);
                next?.SetAgain();
            }

            if (next is null)
            {
                return;
            }

            next.Fire();
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                _period = period;
                Set(dueTime);
            }

            clock._set.Add(dueTime);
            return true;
        }

        public void SetAgain() => Set(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Set(TimeSpan dueTime)
        {
            clock._timers.Remove(this);
            if (dueTime >= TimeSpan.Zero)
            {
                Due = clock._now + dueTime.Ticks;
                clock._timers.Add(this);
            }
        }
    }
}
