namespace Conn.Engine.Tests;

/// <summary>Records events of any thread; a test awaits the first that it looks for, or a number of them.</summary>
internal sealed class EventLog<T>
{
    private readonly Lock _lock = new(); // guards _events and _waits
    private readonly List<T> _events = [];
    private readonly List<(Func<IReadOnlyList<T>, bool> Reached, TaskCompletionSource Done)> _waits = [];

    public IReadOnlyList<T> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public void Add(T added)
    {
        lock (_lock)
        {
            _events.Add(added);
            foreach ((Func<IReadOnlyList<T>, bool> reached, TaskCompletionSource done) in _waits)
            {
                if (reached(_events))
                {
                    done.TrySetResult();
                }
            }
        }
    }

    /// <summary>Waits until an event is recorded, or was.</summary>
    public Task WaitForAsync(Func<T, bool> wanted, string expected) => WaitAsync(e => e.Any(wanted), expected);

    /// <summary>Waits until at least this many events are recorded.</summary>
    public Task WaitForAsync(int count, string expected) => WaitAsync(e => e.Count >= count, expected);

    private async Task WaitAsync(Func<IReadOnlyList<T>, bool> reached, string expected)
    {
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (reached(_events))
            {
                return;
            }

            _waits.Add((reached, done));
        }

        await done.Task.Within($"{expected} (recorded so far: {string.Join(", ", Events)})");
    }
}
