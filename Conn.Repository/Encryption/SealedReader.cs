using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>Reads the frames of a sealed file as they are stored. Invariant: it returns no frame that was not there when the file was sealed, also if the file is
/// changed while it is open. Reads begin at a frame and take whole frames.</summary>
internal sealed class SealedReader(IStoredFile file, FileBlocks blocks, Func<RepositoryException> refuse) : IStoredFile
{
    public long Bytes => file.Bytes;

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = await file.ReadAsync(offset, buffer, cancellationToken);
        long block = ((offset - EncryptedHeader.Bytes) / EncryptedLength.StoredFrameBytes) + 1;
        for (int at = 0; at < read; at += EncryptedLength.StoredFrameBytes, block++)
        {
            if (!blocks.Has(block, buffer.Span[at..Math.Min(at + EncryptedLength.StoredFrameBytes, read)]))
            {
                throw refuse();
            }
        }

        return read;
    }

    public ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken) => file.DropCacheAsync(cancellationToken);

    public ValueTask DisposeAsync() => file.DisposeAsync();
}
