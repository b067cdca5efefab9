namespace Conn.Engine.Tests;

/// <summary>Blocks the threads that enter it until it is opened, at the latest when the test ends.</summary>
internal sealed class Blocker : IDisposable
{
    private readonly ManualResetEvent _open = new(false);
    private readonly EventLog<int> _entered = new();

    /// <summary>How many threads have entered.</summary>
    public int Count => _entered.Events.Count;

    public void Enter()
    {
        _entered.Add(Environment.CurrentManagedThreadId);
        _open.WaitOne();
    }

    /// <summary>Waits until so many threads have entered.</summary>
    public Task EnteredAsync(int count = 1) => _entered.WaitForAsync(count, $"{count} threads enter the blocked code");

    public void Open() => _open.Set();

    // The event stays usable: threads may still leave it.
    public void Dispose() => Open();
}
