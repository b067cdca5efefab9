using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The header of a segment file: its set, part and number. Its checksum seeds the checksums of its sections.</summary>
internal readonly record struct SegmentHeader(SetId Set, int Part, int Segment)
{
    public const int Bytes = 64;
    private const uint Magic = 0x47455343;

    /// <summary>Writes the header and returns the seed for the checksums of the sections.</summary>
    public long Write(Span<byte> target)
    {
        target = target[..Bytes];
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(target[20..], FormatLimits.Version);
        Encoding.ASCII.GetBytes(Set.Text, target[24..]);
        BinaryPrimitives.WriteInt32LittleEndian(target[52..], Part);
        BinaryPrimitives.WriteInt32LittleEndian(target[56..], Segment);
        XxHash128.Hash(target[FormatLimits.HashBytes..], target);
        return BinaryPrimitives.ReadInt64LittleEndian(target);
    }

    /// <summary>Returns true if the bytes are exactly this header.</summary>
    public bool Matches(ReadOnlySpan<byte> source, out long seed)
    {
        Span<byte> expected = stackalloc byte[Bytes];
        seed = Write(expected);
        return source.SequenceEqual(expected);
    }
}
