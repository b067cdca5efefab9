namespace Conn.ActiveBackup.Client;

/// <summary>Runs out once, unless it is renewed in time or stopped before; never after it was stopped, and never when a renewal came first.</summary>
internal sealed class Countdown : IDisposable
{
    private readonly Lock _gate = new(); // guards _renewed and _over
    private readonly TimeProvider _time;
    private readonly Action<object> _ranOut;
    private readonly object _state;
    private readonly ITimer _timer;
    private long _renewed;
    private bool _over;

    public Countdown(TimeProvider time, TimeSpan length, Action<object> ranOut, object state)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, TimeSpan.Zero);
        _time = time;
        Length = length;
        _ranOut = ranOut;
        _state = state;
        _renewed = time.GetTimestamp();
        _timer = time.CreateTimer(static s => ((Countdown)s!).Due(), this, length, Timeout.InfiniteTimeSpan);
    }

    public TimeSpan Length { get; }

    /// <summary>Only notes the moment: the timer looks at it when it is due, so renewing costs next to nothing.</summary>
    public void Renew()
    {
        lock (_gate)
        {
            _renewed = _time.GetTimestamp();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _over = true;
        }

        _timer.Dispose();
    }

    private void Due()
    {
        lock (_gate)
        {
            if (_over)
            {
                return;
            }

            TimeSpan left = Length - _time.GetElapsedTime(_renewed);
            if (left > TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            _over = true;
        }

        _ranOut(_state);
    }
}
