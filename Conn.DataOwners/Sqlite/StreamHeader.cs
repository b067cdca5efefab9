using System.Buffers.Binary;

namespace Conn.DataOwners.Sqlite;

/// <summary>The first 48 bytes of a data stream; what <see cref="Parse"/> returns has passed every check that needs no other stream.</summary>
internal sealed record StreamHeader(bool IsIncrement, bool Wal, int UnixMode, int PageSize, uint PageCount, uint ParentPageCount, byte[] ParentDigest)
{
    public const int Bytes = 48;
    private const ushort Version = 1;

    private static ReadOnlySpan<byte> Magic => "CONNSQLD"u8;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), Version);
        bytes[10] = IsIncrement ? (byte)1 : (byte)0;
        bytes[11] = Wal ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), PageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), PageCount);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), ParentPageCount);
        ParentDigest.CopyTo(bytes, 24);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(40), (ushort)UnixMode);
        return bytes;
    }

    public static StreamHeader Parse(ReadOnlySpan<byte> bytes)
    {
        if (!bytes[..8].SequenceEqual(Magic))
        {
            throw SqliteErrors.Damaged("The stream does not begin like one of a SQLite owner; it was stored by another kind of owner, or it is damaged.");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw SqliteErrors.Damaged($"The stream is of version {version}; this program reads version {Version}. Restore with the program that stored it, or a newer one.");
        }

        uint pageSize = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        StreamHeader header = new(
            bytes[10] == 1,
            bytes[11] == 1,
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[40..]),
            (int)pageSize,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            bytes[24..40].ToArray());
        bool legal = bytes[10] <= 1 && bytes[11] <= 1 && header.UnixMode <= 0x1FF && PageOne.IsPageSize(pageSize)
            && header.PageCount is > 0 and < uint.MaxValue && bytes[42..Bytes].IndexOfAnyExcept((byte)0) < 0
            && (header.IsIncrement ? header.ParentPageCount > 0 : header.ParentPageCount == 0 && header.ParentDigest.AsSpan().IndexOfAnyExcept((byte)0) < 0);
        return legal ? header : throw SqliteErrors.Damaged("The stream's header holds a value that is never written.");
    }
}
