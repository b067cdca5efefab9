namespace Conn.ActiveBackup.Timing;

/// <summary>Runs out when it is not renewed for a while. Invariant: never after it was stopped, and never when a renewal came first.</summary>
/// <remarks>
/// The handler gets the state that was given to Start. Start and Renew only store a timestamp, which the timer reads when it is due, so both are cheap. Any
/// thread.
/// </remarks>
internal sealed class Countdown(TimeProvider time, Action<object?> ranOut) : IDisposable
{
    private readonly Lock _lock = new(); // guards everything below
    private ITimer? _timer;
    private TimeSpan _length;
    private object? _state;
    private long _renewed;
    private long _due;
    private bool _running;
    private bool _pending;
    private bool _disposed;

    /// <summary>Waits for work, but not longer than a limit.</summary>
    /// <returns>False when the limit came first; the work goes on.</returns>
    public static async Task<bool> WithinAsync(Task work, TimeSpan limit, TimeProvider time)
    {
        if (!work.IsCompleted)
        {
            TaskCompletionSource late = new();
            using Countdown countdown = new(time, _ => late.TrySetResult());
            countdown.Start(limit);
            await Task.WhenAny(work, late.Task);
        }

        return work.IsCompleted;
    }

    /// <summary>Starts it, or starts it again with another length; an infinite one never runs out.</summary>
    public void Start(TimeSpan length, object? state = null)
    {
        lock (_lock)
        {
            _length = length;
            _state = state;
            _renewed = time.GetTimestamp();
            _running = length != Timeout.InfiniteTimeSpan;
            long due = _renewed + (long)(length.TotalSeconds * time.TimestampFrequency);
            if (_running && (!_pending || due < _due))
            {
                SetTimer(length);
            }
        }
    }

    /// <summary>Something was heard: the whole length begins again.</summary>
    public void Renew()
    {
        lock (_lock)
        {
            _renewed = time.GetTimestamp();
        }
    }

    /// <summary>Stops it; it can be started again.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _running = false;
            _state = null;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _running = false;
            _disposed = true;
            _timer?.Dispose();
        }
    }

    /// <summary>Called with the lock held.</summary>
    private void SetTimer(TimeSpan left)
    {
        if (_disposed)
        {
            return;
        }

        _pending = true;
        _due = time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency);
        if (_timer is null)
        {
            _timer = time.CreateTimer(static s => ((Countdown)s!).Due(), this, left, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
    }

    private void Due()
    {
        object? state;
        lock (_lock)
        {
            _pending = false;
            if (!_running)
            {
                return;
            }

            TimeSpan left = _length - time.GetElapsedTime(_renewed);
            if (left > TimeSpan.Zero)
            {
                SetTimer(left);
                return;
            }

            _running = false;
            state = _state;
        }

        ranOut(state);
    }
}
