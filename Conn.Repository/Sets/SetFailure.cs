namespace Conn.Repository.Sets;

/// <summary>The first failure that ends a set. Invariant: a reported failure is never cleared. Safe for several threads.</summary>
internal sealed class SetFailure
{
    private Exception? _first;

    public bool HasFailed => Volatile.Read(ref _first) is not null;

    public void Report(Exception error) => Interlocked.CompareExchange(ref _first, error, null);

    /// <exception cref="RepositoryException">The set has failed.</exception>
    public void ThrowIfFailed()
    {
        if (Volatile.Read(ref _first) is { } first)
        {
            throw RepositoryException.Again(first);
        }
    }
}
