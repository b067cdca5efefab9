namespace Conn.Ipc;

/// <summary>
/// Counts the calls of one peer that run and the answers that wait to be written. Invariant: while there are too many, or they hold too many bytes, nothing more is
/// read from the peer, so a peer that floods is slowed and costs a bounded amount of memory.
/// </summary>
internal sealed class WireLoad
{
    public const int MaxCalls = 64;
    public const long MaxBytes = 32 << 20;

    private readonly Lock _lock = new(); // guards everything below
    private TaskCompletionSource? _waiting;
    private long _bytes;
    private int _calls;

    /// <summary>Completes when one more message may be read. One caller at a time.</summary>
    public Task RoomAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (HasRoom())
            {
                return Task.CompletedTask;
            }

            _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiting.Task.WaitAsync(cancellationToken);
        }
    }

    public void Take(long bytes)
    {
        lock (_lock)
        {
            _calls++;
            _bytes += bytes;
        }
    }

    public void Give(long bytes)
    {
        TaskCompletionSource? waiting = null;
        lock (_lock)
        {
            _calls--;
            _bytes -= bytes;
            if (HasRoom())
            {
                (waiting, _waiting) = (_waiting, null);
            }
        }

        waiting?.TrySetResult();
    }

    private bool HasRoom() => _calls < MaxCalls && _bytes < MaxBytes;
}
