using System.Buffers.Binary;

namespace Conn.DataOwners.Directory;

/// <summary>Puts numbers and bytes into a span that is known to be large enough.</summary>
internal ref struct WireWriter
{
    internal const int MaxVarint = 10;
    private readonly Span<byte> _to;

    internal WireWriter(Span<byte> to) => _to = to;

    internal int Written { get; private set; }

    internal void Byte(byte value) => _to[Written++] = value;

    internal void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _to[Written++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _to[Written++] = (byte)value;
    }

    internal void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    internal void Fixed(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_to[Written..], value);
        Written += sizeof(long);
    }

    internal void Hash(Hash128 value)
    {
        value.WriteLittleEndian(_to[Written..]);
        Written += 16;
    }

    internal void Bytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_to[Written..]);
        Written += value.Length;
    }

    internal void Counted(scoped ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        Bytes(value);
    }

    /// <summary>A path as the bytes it shares with the one before and the rest.</summary>
    internal void Path(scoped ReadOnlySpan<byte> previous, scoped ReadOnlySpan<byte> path)
    {
        int common = previous.CommonPrefixLength(path);
        Varint((ulong)common);
        Counted(path[common..]);
    }
}
