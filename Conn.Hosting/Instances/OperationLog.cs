using Conn.Engine;

namespace Conn.Hosting.Instances;

/// <summary>The operations of an instance since its start: those that run, and the newest that have ended. Any thread.</summary>
internal sealed class OperationLog(TimeProvider clock)
{
    private const int Most = 256;

    private readonly Lock _lock = new(); // guards both
    private readonly List<RunningOperation> _running = [];
    private readonly Queue<PastOperation> _past = new();

    /// <summary>Gets the operation that runs, or the first that waits to be refused; null when there is none.</summary>
    public PastOperation? Current
    {
        get
        {
            lock (_lock)
            {
                return _running.Count == 0 ? null : _running[0].Summary;
            }
        }
    }

    /// <summary>Gets the newest that have ended, oldest first, and then those that run.</summary>
    public PastOperation[] All
    {
        get
        {
            lock (_lock)
            {
                return [.. _past, .. _running.Select(static r => r.Summary)];
            }
        }
    }

    public RunningOperation[] Running
    {
        get
        {
            lock (_lock)
            {
                return [.. _running];
            }
        }
    }

    /// <summary>Begins one.</summary>
    /// <param name="kind">Backup or restore, or the plan of one.</param>
    /// <param name="holder">Who asked.</param>
    /// <param name="stop">The stop of the host, which aborts it.</param>
    /// <param name="caller">The caller, who may abort it too.</param>
    /// <exception cref="ConnException">NotReady: the host stops.</exception>
    public RunningOperation Begin(string kind, string holder, CancellationToken stop, CancellationToken caller)
    {
        RunningOperation operation = new(new PastOperation { Kind = kind, Holder = holder, Began = clock.GetUtcNow() }, [stop, caller]);
        lock (_lock)
        {
            if (stop.IsCancellationRequested)
            {
                throw new ConnException(ErrorCode.NotReady, "The host stops, and begins no operation.");
            }

            _running.Add(operation);
        }

        return operation;
    }

    /// <summary>Ends one.</summary>
    /// <returns>What became of it.</returns>
    public PastOperation End(RunningOperation operation, OperationOutcome? outcome, string? set, string? error)
    {
        PastOperation past = operation.Summary with { Ended = clock.GetUtcNow(), Outcome = outcome, Set = set, Error = error };
        lock (_lock)
        {
            _running.Remove(operation);
            _past.Enqueue(past);
            if (_past.Count > Most)
            {
                _past.Dequeue();
            }
        }

        operation.Dispose();
        return past;
    }
}
