namespace Conn.Repository.Sets;

/// <summary>Gives the sections of one stored stream, checked and decoded, a few read ahead. One call at a time.</summary>
public sealed class SectionStreamReader : IAsyncDisposable
{
    internal SectionStreamReader()
    {
    }

    /// <summary>The next section, never empty; null at the end of the stream, when number and size of sections were checked too.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The section, valid until the next call or until disposed; or null.</returns>
    /// <exception cref="RepositoryException">Damaged: what is stored does not match. NotPermitted, Io: the storage failed.</exception>
    public ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops reading ahead and closes the files.</summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
