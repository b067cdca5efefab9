using System.Reactive.Concurrency;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What must follow at once from an event: looked at a moment later, unless the operation is over by then.</summary>
internal sealed class Deadlines(SimulationRun run)
{
    /// <summary>How long "at once" may take.</summary>
    public static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(1);

    // What was missed while the storage failed: wrong, unless the storage's failure has ended the operation.
    private readonly List<string> _deferred = [];

    /// <summary>An operation begins.</summary>
    public void Begin() => _deferred.Clear();

    /// <summary>Looks a moment later, in the same operation.</summary>
    public void Soon(Action check)
    {
        (SimulatedHost host, SimulatedOperation operation) = (run.Host, run.Current);
        run.Time.Scheduler.Schedule(AtOnce, () =>
        {
            if (host == run.Host && operation == run.Current)
            {
                check();
            }
        });
    }

    /// <summary>Something did not happen at once.</summary>
    public void Missed(string what)
    {
        if (run.WasFull || run.HasStorageFailed)
        {
            _deferred.Add(what);
        }
        else
        {
            run.Violated(Invariant.AtOnce, what);
        }
    }

    /// <summary>The storage's failure ends an operation with an exception; when it did not, everything had to follow as always.</summary>
    public void CheckDeferred(OperationEnding ending)
    {
        if (ending.Failure is null)
        {
            _deferred.ForEach(what => run.Violated(Invariant.AtOnce, what));
        }
    }
}
