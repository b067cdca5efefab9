namespace Conn.DataOwners.Directory;

/// <summary>Fills the engine's buffers with records: straight into the buffer where one fits, else through a scratch that is emptied into the next
/// ones.</summary>
internal sealed class SectionFiller
{
    private byte[] _scratch = new byte[64 * 1024];
    private Memory<byte> _section;
    private int _pendingStart;
    private int _pendingEnd;
    private bool _reservedScratch;

    internal int Used { get; private set; }

    /// <summary>How much can still be put straight into the section.</summary>
    internal int Room => _section.Length - Used;

    /// <summary>True while bytes wait for the next section: nothing may be reserved then.</summary>
    internal bool IsBlocked => _pendingStart < _pendingEnd;

    internal void Begin(Memory<byte> section)
    {
        (_section, Used) = (section, 0);
        Drain();
    }

    /// <summary>Room for a record of at most so many bytes. What is not committed never happened.</summary>
    internal Span<byte> Reserve(int bytes)
    {
        if (IsBlocked)
        {
            throw new InvalidOperationException("A record was begun while one still waits for its section.");
        }

        _reservedScratch = bytes > Room;
        if (!_reservedScratch)
        {
            return _section.Span.Slice(Used, bytes);
        }

        if (bytes > _scratch.Length)
        {
            _scratch = new byte[Math.Max(bytes, _scratch.Length * 2)];
        }

        return _scratch.AsSpan(0, bytes);
    }

    internal void Commit(int bytes)
    {
        if (_reservedScratch)
        {
            (_pendingStart, _pendingEnd) = (0, bytes);
            Drain();
        }
        else
        {
            Used += bytes;
        }
    }

    internal void End() => _section = default;

    private void Drain()
    {
        int bytes = Math.Min(_pendingEnd - _pendingStart, Room);
        _scratch.AsSpan(_pendingStart, bytes).CopyTo(_section.Span[Used..]);
        _pendingStart += bytes;
        Used += bytes;
    }
}
