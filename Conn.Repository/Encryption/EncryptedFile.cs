using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>Decrypts a file at any offset. Invariant: it returns no byte of a frame that was not written at this place of this file.</summary>
internal sealed class EncryptedFile : IStoredFile
{
    private const int FramesPerRead = 16;

    private readonly IStoredFile _file;
    private readonly string _path;
    private readonly Func<FrameCipher> _newCipher;
    private readonly long _frames;

    // The buffers of a read; the next read takes them, and a read at the same time makes its own.
    private Buffers? _free;

    public EncryptedFile(IStoredFile file, string path, Func<FrameCipher> newCipher)
    {
        _file = file;
        _path = path;
        _newCipher = newCipher;
        Bytes = EncryptedLength.Plain(file.Bytes);
        _frames = EncryptedLength.Frames(Bytes);
    }

    public long Bytes { get; }

    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int left = (int)Math.Clamp(Bytes - offset, 0, buffer.Length);
        if (Bytes == 0)
        {
            // Its one frame proves that nothing was cut off.
            offset = 0;
        }
        else if (left == 0)
        {
            return 0;
        }

        Buffers buffers = Interlocked.Exchange(ref _free, null) ?? new Buffers(_newCipher());
        try
        {
            int total = 0;
            do
            {
                total += await ReadSomeAsync(buffers, offset + total, buffer.Slice(total, left - total), cancellationToken);
            }
            while (total < left);
            return total;
        }
        finally
        {
            Interlocked.Exchange(ref _free, buffers)?.Dispose();
        }
    }

    public async ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken)
    {
        Interlocked.Exchange(ref _free, null)?.Dispose();
        return await _file.DropCacheAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _free, null)?.Dispose();
        return _file.DisposeAsync();
    }

    // Reads from the frame that is kept, or the next frames.
    private async ValueTask<int> ReadSomeAsync(Buffers buffers, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        long first = offset / EncryptedLength.FrameBytes;
        int within = (int)(offset % EncryptedLength.FrameBytes);
        if (first != buffers.KeptFrame)
        {
            int frames = within == 0 ? Math.Clamp(target.Length / EncryptedLength.FrameBytes, 1, FramesPerRead) : 1;
            await buffers.ReadAsync(_file, EncryptedLength.Offset(first), frames, cancellationToken);
            if (within == 0 && target.Length >= EncryptedLength.FrameBytes)
            {
                return DecryptWhole(buffers, first, target.Span);
            }

            buffers.KeptFrame = -1;
            buffers.KeptBytes = Decrypt(buffers, first, 0, buffers.Kept);
            buffers.KeptFrame = first;
        }

        int count = Math.Min(target.Length, buffers.KeptBytes - within);
        buffers.Kept.AsSpan(within, count).CopyTo(target.Span);
        return count;
    }

    // Frames that the caller wants as a whole are decrypted where it wants them.
    private int DecryptWhole(Buffers buffers, long first, Span<byte> target)
    {
        int total = 0;
        for (int i = 0; target.Length - total >= EncryptedLength.FrameBytes && buffers.StoredBytes > i * EncryptedLength.StoredFrameBytes; i++)
        {
            total += Decrypt(buffers, first + i, i, target[total..]);
        }

        return total;
    }

    private int Decrypt(Buffers buffers, long frame, int position, Span<byte> target)
    {
        int begin = position * EncryptedLength.StoredFrameBytes;
        int length = Math.Min(EncryptedLength.StoredFrameBytes, buffers.StoredBytes - begin);
        bool isLast = frame == _frames - 1;
        if (length < EncryptedLength.TagBytes || (!isLast && length != EncryptedLength.StoredFrameBytes))
        {
            throw Damaged(frame, "it ends within a frame");
        }

        return buffers.Cipher.TryDecrypt(frame, isLast, buffers.Stored.AsSpan(begin, length), target[..(length - EncryptedLength.TagBytes)])
            ? length - EncryptedLength.TagBytes
            : throw Damaged(frame, "what is stored is not what was encrypted there: it is damaged, or was changed or exchanged");
    }

    private RepositoryException Damaged(long frame, string why) =>
        new(RepositoryFailure.Damaged, $"{_path} at {EncryptedLength.Offset(frame)}: {why}.");

    private sealed class Buffers(FrameCipher cipher) : IDisposable
    {
        public FrameCipher Cipher => cipher;

        public byte[] Stored { get; private set; } = [];

        public int StoredBytes { get; private set; }

        public byte[] Kept { get; } = GC.AllocateUninitializedArray<byte>(EncryptedLength.FrameBytes);

        public long KeptFrame { get; set; } = -1;

        public int KeptBytes { get; set; }

        public async ValueTask ReadAsync(IStoredFile file, long offset, int frames, CancellationToken cancellationToken)
        {
            int most = frames * EncryptedLength.StoredFrameBytes;
            if (Stored.Length < most)
            {
                // Two sizes only: of one frame, and of as many as are read at once.
                Stored = GC.AllocateUninitializedArray<byte>(frames == 1 ? most : FramesPerRead * EncryptedLength.StoredFrameBytes);
            }

            StoredBytes = await file.ReadAsync(offset, Stored.AsMemory(0, most), cancellationToken);
        }

        public void Dispose() => cipher.Dispose();
    }
}
