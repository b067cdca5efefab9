namespace Conn.Repository.Sets;

/// <summary>
/// The first failure of one part. Invariant: while the part is open, a full disk is a failure of the part only, because dropping the part frees its space.
/// Every other failure, and a full disk of a completed part, is a failure of the set. Safe for several threads.
/// </summary>
internal sealed class PartFailure(SetFailure set)
{
    // Guards _isCompleted, and the writes of _diskFull.
    private readonly Lock _lock = new();
    private bool _isCompleted;
    private volatile RepositoryException? _diskFull;

    public bool HasFailed => _diskFull is not null || set.HasFailed;

    public void Report(Exception error)
    {
        lock (_lock)
        {
            if (!_isCompleted && error is RepositoryException { Failure: RepositoryFailure.DiskFull } full)
            {
                _diskFull ??= full;
                return;
            }
        }

        set.Report(error);
    }

    /// <exception cref="RepositoryException">The part or its set has failed.</exception>
    public void ThrowIfFailed()
    {
        set.ThrowIfFailed();
        if (_diskFull is { } full)
        {
            throw RepositoryException.Again(full);
        }
    }

    /// <summary>Marks the part as completed, unless it has failed. From then on, each failure of its files is a failure of the set.</summary>
    /// <exception cref="RepositoryException">The part or its set has failed.</exception>
    public void Complete()
    {
        lock (_lock)
        {
            ThrowIfFailed();
            _isCompleted = true;
        }
    }
}
