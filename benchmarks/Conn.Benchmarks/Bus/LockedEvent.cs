namespace Conn.Benchmarks.Bus;

/// <summary>What one writes by hand: a value and an event behind a lock, so that it is ordered.</summary>
internal sealed class LockedEvent
{
    private readonly Lock _gate = new();
    private int _value;

    public event Action<int>? Changed;

    public int Value
    {
        get => Volatile.Read(ref _value);
        set
        {
            lock (_gate)
            {
                _value = value;
                Changed?.Invoke(value);
            }
        }
    }
}
