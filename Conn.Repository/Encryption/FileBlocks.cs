using System.Security.Cryptography;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>The SHA-256 of each block of a stored file. A block is the header of the encrypted file, or one encrypted frame with its tag. The SHA-256 over all of
/// them is the digest that a seal holds; so when the digest has matched, each block can be checked alone. Immutable.</summary>
internal sealed class FileBlocks
{
    private const int FramesPerRead = 16;
    private readonly byte[] _hashes;

    private FileBlocks(byte[] hashes) => _hashes = hashes;

    public int Count => _hashes.Length / FormatLimits.ShaBytes;

    public Sha256Hash Digest => Sha256Hash.Of(_hashes);

    /// <summary>Reads all of an encrypted file.</summary>
    public static async ValueTask<FileBlocks> ReadAsync(IStoredFile file, CancellationToken cancellationToken)
    {
        long frames = EncryptedLength.Frames(EncryptedLength.Plain(file.Bytes));
        byte[] hashes = new byte[checked((frames + 1) * FormatLimits.ShaBytes)];
        byte[] buffer = new byte[EncryptedLength.StoredFrameBytes * (int)Math.Min(frames, FramesPerRead)];
        int read = await file.ReadAsync(0, buffer.AsMemory(0, EncryptedHeader.Bytes), cancellationToken);
        SHA256.HashData(buffer.AsSpan(0, read), hashes);
        for (long frame = 0; frame < frames; frame += FramesPerRead)
        {
            cancellationToken.ThrowIfCancellationRequested();
            read = await file.ReadAsync(EncryptedLength.Offset(frame), buffer, cancellationToken);
            for (int at = 0, block = (int)frame + 1; at < read; at += EncryptedLength.StoredFrameBytes, block++)
            {
                SHA256.HashData(buffer.AsSpan(at, Math.Min(EncryptedLength.StoredFrameBytes, read - at)), hashes.AsSpan(block * FormatLimits.ShaBytes));
            }
        }

        return new FileBlocks(hashes);
    }

    /// <summary>Returns whether some bytes are those of a block: 0 for the header, then the frames.</summary>
    public bool Has(long block, ReadOnlySpan<byte> bytes)
    {
        Span<byte> sha = stackalloc byte[FormatLimits.ShaBytes];
        SHA256.HashData(bytes, sha);
        return block < Count && sha.SequenceEqual(_hashes.AsSpan((int)block * FormatLimits.ShaBytes, FormatLimits.ShaBytes));
    }
}
