using System.Reactive.Concurrency;
using System.Reactive.Disposables;

namespace Conn.Testing.Time;

/// <summary>A TimeProvider whose time and timers are those of a scheduler.</summary>
internal sealed class SchedulerClock(IScheduler scheduler, Action<string>? refuseForeign = null) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => scheduler.Now;

    public override long GetTimestamp() => scheduler.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        refuseForeign?.Invoke("A timer of the virtual clock");
        SchedulerTimer timer = new(scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Fires at most once per due time, and never after it was disposed.</summary>
    private sealed class SchedulerTimer(IScheduler scheduler, TimerCallback callback, object? state) : ITimer
    {
        private readonly SerialDisposable _scheduled = new();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_scheduled.IsDisposed)
            {
                return false;
            }

            _scheduled.Disposable = dueTime == Timeout.InfiniteTimeSpan ? Disposable.Empty : scheduler.Schedule(dueTime, () => Fire(period));
            return true;
        }

        public void Dispose() => _scheduled.Dispose();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(TimeSpan period)
        {
            if (period != Timeout.InfiniteTimeSpan && period > TimeSpan.Zero)
            {
                Change(period, period);
            }

            callback(state);
        }
    }
}
