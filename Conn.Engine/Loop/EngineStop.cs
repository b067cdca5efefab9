using Conn.ActiveBackup.Timing;
using Conn.Engine.Owners;

namespace Conn.Engine.Loop;

/// <summary>The stop of an engine: it aborts the operation that runs, and waits for its end. Members are used in the engine's loop, but for the wait.</summary>
internal sealed class EngineStop : IDisposable
{
    /// <summary>How long a storage may take to end what it does for an operation that was aborted.</summary>
    private static readonly TimeSpan StorageLimit = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _aborts = new();
    private TaskCompletionSource? _running;

    public EngineStop() => Token = _aborts.Token;

    /// <summary>Cancelled when the engine stops.</summary>
    public CancellationToken Token { get; }

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
    public async Task<bool> WaitAsync(Task running, EngineState engine, Func<bool> isCommitted)
    {
        if (!Token.IsCancellationRequested)
        {
            engine.Faults.Guard(_aborts.Cancel);
        }

        TimeSpan limit = engine.Limits.AbortTimeout + StorageLimit;
        while (!await Countdown.WithinAsync(running, limit, engine.Clock))
        {
            if (!await engine.Loop.RunAsync(() => Task.FromResult(isCommitted()), CancellationToken.None))
            {
                engine.Faults.Report(new ConnException(ErrorCode.TimedOut,
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
