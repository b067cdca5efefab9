namespace Conn.ActiveBackup.Client;

/// <summary>Expires once, unless it is renewed in time or stopped before; never after it was stopped.</summary>
internal sealed class Lease : IDisposable
{
    private readonly Lock _gate = new(); // guards _due and _over
    private readonly TimeProvider _time;
    private readonly TimeSpan _length;
    private readonly Action _expired;
    private readonly ITimer _timer;
    private long _renewed;
    private bool _over;

    public Lease(TimeProvider time, TimeSpan length, Action expired)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, TimeSpan.Zero);
        _time = time;
        _length = length;
        _expired = expired;
        _renewed = time.GetTimestamp();
        _timer = time.CreateTimer(static s => ((Lease)s!).Fire(), this, length, Timeout.InfiniteTimeSpan);
    }

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

    private void Fire()
    {
        lock (_gate)
        {
            if (_over)
            {
                return;
            }

            TimeSpan left = _length - _time.GetElapsedTime(_renewed);
            if (left > TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            _over = true;
        }

        _expired();
    }
}
