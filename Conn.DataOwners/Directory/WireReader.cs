using System.Buffers.Binary;

namespace Conn.DataOwners.Directory;

/// <summary>Takes numbers and bytes from a span; at its end it is <see cref="Starved"/>, and anything malformed is Corrupt at once.</summary>
internal ref struct WireReader
{
    private readonly ReadOnlySpan<byte> _from;

    internal WireReader(ReadOnlySpan<byte> from) => _from = from;

    internal int Used { get; private set; }

    /// <summary>True once more was asked for than there is; every value read since is meaningless.</summary>
    internal bool Starved { get; private set; }

    internal readonly bool AtEnd => Used == _from.Length;

    internal byte Byte()
    {
        ReadOnlySpan<byte> one = Bytes(1);
        return one.IsEmpty ? (byte)0 : one[0];
    }

    internal ulong Varint(ulong max = ulong.MaxValue)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Byte();
            if (Starved)
            {
                return 0;
            }

            bool overlong = shift == 63 ? next != 1 : next == 0 && shift > 0;
            if (shift > 63 || overlong)
            {
                throw Corrupt("a number is not well-formed");
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value <= max ? value : throw Corrupt($"a number of {value} is above the limit of {max}");
            }
        }
    }

    internal long Signed()
    {
        ulong value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    internal long Fixed()
    {
        ReadOnlySpan<byte> bytes = Bytes(sizeof(long));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    internal Hash128 Hash()
    {
        ReadOnlySpan<byte> bytes = Bytes(16);
        return bytes.IsEmpty ? default : Hash128.ReadLittleEndian(bytes);
    }

    internal ReadOnlySpan<byte> Bytes(int count)
    {
        if (Starved || count > _from.Length - Used)
        {
            Starved = true;
            return default;
        }

        ReadOnlySpan<byte> bytes = _from.Slice(Used, count);
        Used += count;
        return bytes;
    }

    internal ReadOnlySpan<byte> Counted(int max) => Bytes((int)Varint((ulong)max));

    /// <summary>A path over the one before; true when the whole of it was there. Whether it is legal is not looked at.</summary>
    internal bool TryPath(PathBuffer path)
    {
        int common = (int)Varint((ulong)path.Length);
        ReadOnlySpan<byte> rest = Counted(PathBuffer.MaxBytes);
        if (Starved)
        {
            return false;
        }

        return path.TrySplice(common, rest) ? true : throw Corrupt("a path is too long");
    }

    internal static ConnException Corrupt(string what) => new(ErrorCode.Corrupt, $"The data of a directory owner is damaged or of another kind: {what}.");
}
