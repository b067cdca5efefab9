namespace Conn.Repository.Storage;

/// <summary>A new file open for appending; one call at a time. Disposing closes it and flushes nothing.</summary>
public interface IStoredFileWriter : IAsyncDisposable
{
    /// <summary>Appends bytes: all of them, or the call fails.</summary>
    /// <param name="bytes">The bytes; the caller's again when the task is done.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task.</returns>
    ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Makes the content durable (not the entry in its folder).</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>A task that is done when it is.</returns>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
