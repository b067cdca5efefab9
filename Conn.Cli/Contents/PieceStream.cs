using Conn.ActiveBackup.Content;

namespace Conn.Cli.Contents;

/// <summary>The content of the file that an extraction is at, as a stream that is read once. A hole reads as zeros.</summary>
internal sealed class PieceStream(IAsyncEnumerator<ContentPiece> pieces, CancellationToken cancellationToken) : Stream
{
    private ReadOnlyMemory<byte> _data;
    private long _zeros;
    private long _read;
    private bool _isOver;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    /// <summary>Gets how many bytes were read.</summary>
    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken token = default)
    {
        while (_data.IsEmpty && _zeros == 0 && !_isOver)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _isOver = !await pieces.MoveNextAsync() || pieces.Current.Kind is ContentPieceKind.End or ContentPieceKind.Entry;
            (_data, _zeros) = _isOver ? (default, 0) : (pieces.Current.Data, pieces.Current.HoleBytes);
        }

        int bytes = _zeros > 0 ? (int)Math.Min(_zeros, buffer.Length) : Math.Min(_data.Length, buffer.Length);
        if (_zeros > 0)
        {
            buffer.Span[..bytes].Clear();
            _zeros -= bytes;
        }
        else
        {
            _data[..bytes].CopyTo(buffer);
            _data = _data[bytes..];
        }

        _read += bytes;
        return bytes;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken token) => ReadAsync(buffer.AsMemory(offset, count), token).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}
