using System.Buffers.Binary;
using System.Text;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The place of a snapshot section in an earlier set. It never points to another reference.</summary>
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
        bool isId = SetId.TryParse(Encoding.ASCII.GetString(source[..SetId.Length]), out SetId set);
        reference = new SectionReference(
            set,
            BinaryPrimitives.ReadInt32LittleEndian(source[28..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[40..]));
        return isId && reference is { Part: >= 0, Segment: >= 0, Offset: >= SegmentHeader.Bytes }
            && !source.Slice(25, 3).ContainsAnyExcept((byte)0) && !source.Slice(36, 4).ContainsAnyExcept((byte)0);
    }
}
