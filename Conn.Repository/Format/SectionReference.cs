using System.Buffers.Binary;
using System.Text;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>Where a snapshot section of an ancestor is really stored; never where another reference is.</summary>
internal readonly record struct SectionReference(SetId Set, int Part, int Segment, long Offset)
{
    public const int Bytes = 48;

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        Encoding.ASCII.GetBytes(Set.Text, target);
        BinaryPrimitives.WriteInt32LittleEndian(target[28..], Part);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], Segment);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], Offset);
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out SectionReference reference)
    {
        var known = SetId.TryParse(Encoding.ASCII.GetString(source[..SetId.Length]), out var set);
        reference = new SectionReference(
            set,
            BinaryPrimitives.ReadInt32LittleEndian(source[28..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[40..]));
        return known && reference is { Part: >= 0, Segment: >= 0, Offset: >= SegmentHeader.Bytes }
            && !source.Slice(25, 3).ContainsAnyExcept((byte)0) && !source.Slice(36, 4).ContainsAnyExcept((byte)0);
    }
}
