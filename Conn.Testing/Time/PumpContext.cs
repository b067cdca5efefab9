using System.Collections.Concurrent;

namespace Conn.Testing.Time;

/// <summary>Continuations of async code run on the one thread that made it, in the order in which they were posted.</summary>
internal sealed class PumpContext : SynchronizationContext
{
    private readonly BlockingCollection<(SendOrPostCallback Call, object? State)> _work = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public bool IsPumpThread => Environment.CurrentManagedThreadId == _thread;

    public bool HasWork => _work.Count > 0;

    /// <summary>The first event that happened on a foreign thread; it fails the scenario.</summary>
    public VirtualTimeException? Stray { get; set; }

    /// <summary>Gets or sets what says where the scenario is, for a failure: "owner0 was in a call when ", or nothing.</summary>
    public Func<string> Where { get; set; } = static () => "";

    /// <summary>True while real work is awaited: what it completes comes from its own threads.</summary>
    public bool IsRealWorkOpen { get; set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!IsPumpThread && !IsRealWorkOpen)
        {
            Stray ??= VirtualTimeException.Foreign($"{Where()}the continuation of {Name(state)}");
        }

        _work.Add((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits synchronously in virtual time.");

    public override SynchronizationContext CreateCopy() => this;

    public void Drain()
    {
        while (_work.TryTake(out (SendOrPostCallback Call, object? State) next))
        {
            next.Call(next.State);
        }
    }

    /// <summary>Blocks until something is posted, runs it, and says whether anything came.</summary>
    public bool WaitForWork(TimeSpan limit)
    {
        if (!_work.TryTake(out (SendOrPostCallback Call, object? State) next, limit))
        {
            return false;
        }

        next.Call(next.State);
        return true;
    }

    /// <summary>The async method that goes on, as far as it can be told.</summary>
    private static string Name(object? state)
    {
        Type? box = (state as Action)?.Target?.GetType();
        return box is { IsGenericType: true } && box.GenericTypeArguments[^1].FullName is { } method ? method : "an await";
    }
}
