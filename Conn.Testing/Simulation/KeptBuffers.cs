namespace Conn.Testing.Simulation;

/// <summary>The buffers that an owner was given and keeps in one operation, and writes into later.</summary>
/// <remarks>It never writes into a block that its own next section may still be read from: its own data stays as it was recorded, so that every byte can be
/// compared.</remarks>
internal sealed class KeptBuffers
{
    private readonly List<Memory<byte>> _kept = [];
    private Memory<byte> _current;

    /// <summary>A call arrived. What was given before is stored by now, so all of it is written over.</summary>
    /// <param name="buffer">The buffer of the call; empty when it has none.</param>
    /// <returns>True when something was written.</returns>
    public bool Arrived(Memory<byte> buffer)
    {
        _current = default;
        bool written = Write();
        if (!buffer.IsEmpty)
        {
            _current = buffer;
            if (!_kept.Exists(k => k.Span.Overlaps(buffer.Span) && k.Length >= buffer.Length))
            {
                _kept.Add(buffer);
            }
        }

        return written;
    }

    /// <summary>A stream of the owner has ended: none of its blocks is read from any more.</summary>
    public void Ended() => _current = default;

    /// <summary>Writes into every kept buffer, but not into the current block.</summary>
    /// <returns>True when something was written.</returns>
    public bool Write()
    {
        bool written = false;
        foreach (Memory<byte> buffer in _kept.Where(k => _current.IsEmpty || !k.Span.Overlaps(_current.Span)))
        {
            buffer.Span.Fill(0xAB);
            written = true;
        }

        return written;
    }
}
