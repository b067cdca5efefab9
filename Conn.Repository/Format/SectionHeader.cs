using System.Buffers.Binary;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The header of a section. Invariant of a header that <see cref="TryRead"/> accepted: its sizes are in range.</summary>
internal readonly record struct SectionHeader(
    Hash128 Checksum, SectionEncoding Encoding, StreamKind Kind, byte Drive, long Number, int PlainBytes, int StoredBytes, Hash128 PlainHash, Sha256Hash Sha)
{
    public const int Bytes = 88;

    /// <summary>Offset of the first byte that the checksum covers.</summary>
    public const int CheckedFrom = FormatLimits.HashBytes;

    private const uint Magic = 0x43455343;

    /// <summary>Writes everything except the checksum, which also covers the stored bytes after the header.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target[16..], Magic);
        target[20] = (byte)Encoding;
        target[21] = (byte)Kind;
        target[22] = Drive;
        target[23] = 0;
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], PlainBytes);
        BinaryPrimitives.WriteInt32LittleEndian(target[36..], StoredBytes);
        PlainHash.WriteBigEndian(target[40..]);
        Sha.Write(target[56..]);
    }

    public static bool TryRead(ReadOnlySpan<byte> source, out SectionHeader header)
    {
        header = new SectionHeader(
            Hash128.ReadBigEndian(source),
            (SectionEncoding)source[20],
            (StreamKind)source[21],
            source[22],
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[36..]),
            Hash128.ReadBigEndian(source[40..]),
            Sha256Hash.Read(source[56..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(source[16..]) == Magic
            && source[23] == 0
            && header.Kind is StreamKind.Data or StreamKind.Snapshot
            && header.Drive <= FormatLimits.MaxDrive
            && header.Number >= 0
            && header.PlainBytes is > 0 and <= FormatLimits.MaxSectionBytes
            && header.Encoding switch
            {
                SectionEncoding.Raw => header.StoredBytes == header.PlainBytes,
                SectionEncoding.Zstd => header.StoredBytes > 0 && header.StoredBytes < header.PlainBytes,
                SectionEncoding.Reference => header.StoredBytes == SectionReference.Bytes && header.Kind == StreamKind.Snapshot,
                _ => false,
            };
    }
}
