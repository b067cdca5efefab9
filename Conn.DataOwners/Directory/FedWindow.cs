namespace Conn.DataOwners.Directory;

/// <summary>A window over sections that are appended as they arrive. Invariant: while <see cref="NeedsMore"/> is false, no group of a snapshot ends beyond
/// it.</summary>
internal sealed class FedWindow : ByteWindow
{
    /// <summary>Both halves of the largest group, with their heads, and the end after it.</summary>
    private const int LongestRead = 2 * (SnapshotFormat.MaxColumnBytes + 64);
    private byte[] _buffer = new byte[LongestRead + (1 << 20)];
    private int _start;
    private long _taken;
    private int _end;

    /// <summary>Whether the next section must be appended before anything is read, unless there is none.</summary>
    internal bool NeedsMore => _end - _start < LongestRead;

    internal override long Position => _taken;

    internal void Append(ReadOnlySpan<byte> section)
    {
        if (section.Length > _buffer.Length - _end)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (section.Length > _buffer.Length - _end)
            {
                Array.Resize(ref _buffer, _end + section.Length);
            }
        }

        section.CopyTo(_buffer.AsSpan(_end));
        _end += section.Length;
    }

    internal override ReadOnlySpan<byte> Peek(int bytes) => _buffer.AsSpan(_start, _end - _start);

    internal override void Advance(int bytes) => (_start, _taken) = (_start + bytes, _taken + bytes);
}
