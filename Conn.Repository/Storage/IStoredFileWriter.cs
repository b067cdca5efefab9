namespace Conn.Repository.Storage;

/// <summary>Represents a new file that is open for appending; one call at a time. Disposing closes it without flushing.</summary>
public interface IStoredFileWriter : IAsyncDisposable
{
    /// <summary>Appends bytes. The call fails unless it appends all of them.</summary>
    /// <param name="bytes">The bytes. The memory is the caller's again when the task completes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the bytes are appended.</returns>
    ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Makes the content durable. The entry in the folder becomes durable when the folder is flushed.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the content is durable.</returns>
    ValueTask FlushAsync(CancellationToken cancellationToken);
}
