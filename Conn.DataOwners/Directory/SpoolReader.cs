using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Reads a spool from its beginning, record by record, through one buffer.</summary>
internal sealed class SpoolReader(SpoolFile spool) : ByteWindow
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private long _next;

    internal override long Position => _next - (_end - _start);

    internal override ReadOnlySpan<byte> Peek(int bytes)
    {
        if (_end - _start < bytes)
        {
            Refill(bytes);
        }

        return _buffer.AsSpan(_start, _end - _start);
    }

    internal override void Advance(int bytes) => _start += bytes;

    internal void Rewind() => (_start, _end, _next) = (0, 0, 0);

    private void Refill(int bytes)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, bytes);
        }

        int got = spool.ReadAt(_next, _buffer.AsSpan(_end));
        _next += got;
        _end += got;
    }
}
