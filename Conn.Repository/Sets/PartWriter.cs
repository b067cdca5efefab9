namespace Conn.Repository.Sets;

/// <summary>Writes the part of one owner. One call at a time, one stream open at a time.</summary>
public sealed class PartWriter : IAsyncDisposable
{
    internal PartWriter()
    {
    }

    /// <summary>Opens a stream: each kind once per drive, in any order, the one before completed.</summary>
    /// <param name="drive">Index of the drive, 0 to 25.</param>
    /// <param name="kind">Data or snapshot.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="InvalidOperationException">A stream is open, this one was written already, or the part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed.</exception>
    public ValueTask<SectionStreamWriter> OpenStreamAsync(byte drive, StreamKind kind, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends the part and keeps it: Succeeded or Incomplete. All its streams are completed.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that is done when all sections are written (durable only with the commit).</returns>
    /// <exception cref="ArgumentException">The outcome is Skipped or Failed.</exception>
    /// <exception cref="InvalidOperationException">A stream is open, or the part has ended.</exception>
    /// <exception cref="RepositoryException">The storage failed.</exception>
    public ValueTask CompleteAsync(PartResult result, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Ends the part, drops its bytes and records that it was skipped or failed. A stream may be open; it is closed.</summary>
    /// <param name="result">How it ended.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    /// <exception cref="ArgumentException">The outcome is Succeeded or Incomplete.</exception>
    /// <exception cref="InvalidOperationException">The part has ended.</exception>
    public ValueTask AbandonAsync(PartResult result, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Drops the part without a record when it has not ended; nothing otherwise.</summary>
    /// <returns>A task.</returns>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
