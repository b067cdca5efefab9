using Conn.Repository.Sets;

namespace Conn.Repository.Storage;

/// <summary>Represents a file that is open for reading. Several threads may read at once.</summary>
public interface IStoredFile : IAsyncDisposable
{
    /// <summary>Gets the length in bytes at the time of opening.</summary>
    long Bytes { get; }

    /// <summary>Reads bytes at an offset.</summary>
    /// <param name="offset">Offset in bytes, 0 or more.</param>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of bytes read; less than the length of the buffer only at the end of the file.</returns>
    ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Makes the following reads come from the device where possible. The file MUST have been flushed.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Where the following reads come from.</returns>
    ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken);
}
