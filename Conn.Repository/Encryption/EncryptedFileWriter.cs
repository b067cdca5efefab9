using System.IO.Hashing;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Encryption;

/// <summary>Encrypts a new file. The flush writes its last frame, so nothing can be appended afterwards.</summary>
internal sealed class EncryptedFileWriter : IStoredFileWriter
{
    private const int FramesPerWrite = 16;

    private readonly IStoredFileWriter _file;
    private readonly FrameCipher _cipher;
    private readonly Action<long, Hash128> _written;
    private readonly XxHash128 _sum = new();
    private readonly byte[] _stored = GC.AllocateUninitializedArray<byte>(FramesPerWrite * EncryptedLength.StoredFrameBytes);
    private readonly byte[] _frame = GC.AllocateUninitializedArray<byte>(EncryptedLength.FrameBytes);
    private int _pending;
    private int _ready;
    private long _frames;
    private long _bytes;
    private bool _ended;

    /// <summary>Initializes a writer.</summary>
    /// <param name="file">The new file; this object disposes it.</param>
    /// <param name="cipher">The cipher of the file; this object disposes it.</param>
    /// <param name="written">Receives the stored length and the XXH128 of all stored bytes when the last frame was written.</param>
    public EncryptedFileWriter(IStoredFileWriter file, FrameCipher cipher, Action<long, Hash128> written)
    {
        _file = file;
        _cipher = cipher;
        _written = written;
    }

    /// <summary>Writes the header. Call it once, before anything else.</summary>
    public ValueTask BeginAsync(byte[] header, CancellationToken cancellationToken) => WriteAsync(header, cancellationToken);

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_ended)
        {
            throw new InvalidOperationException("The file was flushed, which ends it.");
        }

        while (bytes.Length > 0)
        {
            if (_pending == EncryptedLength.FrameBytes)
            {
                // Bytes follow, so the frame is not the last one.
                await EncryptAsync(isLast: false, cancellationToken);
            }

            int count = Math.Min(bytes.Length, EncryptedLength.FrameBytes - _pending);
            bytes[..count].CopyTo(_frame.AsMemory(_pending));
            _pending += count;
            bytes = bytes[count..];
        }
    }

    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (!_ended)
        {
            await EncryptAsync(isLast: true, cancellationToken);
            await WriteReadyAsync(cancellationToken);
            _ended = true;
            _written(_bytes, ContentHash.Of(_sum));
        }

        await _file.FlushAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _cipher.Dispose();
        return _file.DisposeAsync();
    }

    private async ValueTask EncryptAsync(bool isLast, CancellationToken cancellationToken)
    {
        if (_ready + EncryptedLength.StoredFrameBytes > _stored.Length)
        {
            await WriteReadyAsync(cancellationToken);
        }

        _cipher.Encrypt(_frames++, isLast, _frame.AsSpan(0, _pending), _stored.AsSpan(_ready));
        _ready += _pending + EncryptedLength.TagBytes;
        _pending = 0;
    }

    private async ValueTask WriteReadyAsync(CancellationToken cancellationToken)
    {
        await WriteAsync(_stored.AsMemory(0, _ready), cancellationToken);
        _ready = 0;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
    {
        _sum.Append(stored.Span);
        _bytes += stored.Length;
        return _file.AppendAsync(stored, cancellationToken);
    }
}
