using Conn.ActiveBackup.Timing;

namespace Conn.Engine.Loop;

/// <summary>The stop of an engine: it aborts the operation that runs, and waits for its end. Members are used in the engine's loop, but for the wait.</summary>
internal sealed class EngineStop(EngineFaults faults, TimeSpan abortTimeout) : IDisposable
{
    /// <summary>How long a storage may take to end what it does for an operation that was aborted.</summary>
    private static readonly TimeSpan StorageLimit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _aborts = new();
    private TaskCompletionSource? _running;

    /// <summary>Cancelled when the engine stops. A source that is disposed was cancelled.</summary>
    public CancellationToken Token => _aborts.IsCancellationRequested ? new CancellationToken(true) : _aborts.Token;

    /// <summary>Whether no operation may begin any more.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>An operation begins; the result ends it.</summary>
    public IDisposable Enter() => new Running(_running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    /// <summary>Refuses new operations.</summary>
    /// <returns>Completes when the operation that runs has ended.</returns>
    public Task Begin()
    {
        HasBegun = true;
        return _running?.Task ?? Task.CompletedTask;
    }

    /// <summary>Aborts the operation that runs, and waits for its end: for a limited time before a commit, and as long as it takes after it.</summary>
    /// <returns>False when it has not ended.</returns>
    public async Task<bool> WaitAsync(Task running, EngineLoop loop, Func<bool> isCommitted)
    {
        if (!_aborts.IsCancellationRequested)
        {
            faults.Guard(_aborts.Cancel);
        }

        TimeSpan limit = abortTimeout + StorageLimit;
        while (!await Countdown.WithinAsync(running, limit, loop.Clock))
        {
            if (!await loop.RunAsync(() => Task.FromResult(isCommitted()), CancellationToken.None))
            {
                faults.Report(new ConnException(ErrorCode.TimedOut,
                    $"The engine stopped, and its operation did not end within {limit.TotalSeconds:0} s after it was aborted; it is left behind."));
                return false;
            }
        }

        return true;
    }

    public void Dispose() => _aborts.Dispose();

    private sealed class Running(TaskCompletionSource ended) : IDisposable
    {
        public void Dispose() => ended.TrySetResult();
    }
}
