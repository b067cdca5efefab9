using System.Buffers.Binary;

namespace Conn.DataOwners.Sqlite;

/// <summary>The first 36 bytes of a snapshot; the hashes of <see cref="PageCount"/> pages follow and nothing else.</summary>
internal sealed record SnapshotHeader(int PageSize, uint PageCount, byte[] Digest)
{
    public const int Bytes = 36;
    private const ushort Version = 1;

    public long TotalBytes => Bytes + ((long)PageCount * PageHashes.HashBytes);

    private static ReadOnlySpan<byte> Magic => "CONNSQLS"u8;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), PageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), PageCount);
        Digest.CopyTo(bytes, 20);
        return bytes;
    }

    public static SnapshotHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes || !bytes[..8].SequenceEqual(Magic))
        {
            throw SqliteErrors.Damaged("The snapshot is not one of a SQLite owner: a base is needed.");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        uint pageSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        uint pageCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]);
        if (version != Version)
        {
            throw SqliteErrors.Damaged($"The snapshot is of version {version}; this program reads version {Version}: a base is needed.");
        }

        return PageOne.IsPageSize(pageSize) && pageCount is > 0 and < uint.MaxValue
            ? new SnapshotHeader((int)pageSize, pageCount, bytes[20..].ToArray())
            : throw SqliteErrors.Damaged("The snapshot's header holds a value that is never written: a base is needed.");
    }
}
