using Conn.Repository.Sets;

namespace Conn.Repository.Storage;

/// <summary>A file open for reading. Reads may run on several threads at once.</summary>
public interface IStoredFile : IAsyncDisposable
{
    /// <summary>Length in bytes when it was opened.</summary>
    long Bytes { get; }

    /// <summary>Reads bytes at an offset.</summary>
    /// <param name="offset">Offset in bytes, 0 or more.</param>
    /// <param name="buffer">Where they go.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>How many were read: less than asked for only at the end of the file.</returns>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Makes the next reads come from the device where possible. The file MUST have been flushed.</summary>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Where the next reads come from.</returns>
    ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken);
}
