using System.Buffers.Binary;

namespace Conn.DataOwners.Sqlite;

/// <summary>Where page 1 of a database keeps what SQLite renews by itself; everything else on it is content.</summary>
internal static class PageOne
{
    public const int HeaderBytes = 100;
    public const int MinPageSize = 512;
    public const int MaxPageSize = 65536;

    private const long LockByteOffset = 0x40000000;

    public static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    public static bool IsPageSize(uint size) => size is >= MinPageSize and <= MaxPageSize && (size & (size - 1)) == 0;

    public static int PageSizeOf(ReadOnlySpan<byte> header)
    {
        int size = BinaryPrimitives.ReadUInt16BigEndian(header[16..]);
        return size == 1 ? MaxPageSize : size;
    }

    public static uint PageCountOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header[28..]);

    /// <summary>The text encoding as PRAGMA encoding names it; null for a value that SQLite does not know.</summary>
    public static string? EncodingOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt32BigEndian(header[56..]) switch
    {
        1 => "UTF-8",
        2 => "UTF-16le",
        3 => "UTF-16be",
        _ => null,
    };

    public static bool IsWal(ReadOnlySpan<byte> header) => header[19] == 2;

    /// <summary>Sets the journal mode the file opens in; stored pages always say rollback journal.</summary>
    public static void SetWal(Span<byte> header, bool wal) => header[18..20].Fill(wal ? (byte)2 : (byte)1);

    /// <summary>Blanks the change counter, the schema cookie, the version fields and the journal mode, for comparison by content.</summary>
    public static void KeepContentOnly(Span<byte> header)
    {
        header[18..20].Clear();
        header[24..28].Clear();
        header[40..44].Clear();
        header[92..100].Clear();
    }

    /// <summary>The page SQLite never uses, because its lock bytes lie there; always read as zeros.</summary>
    public static uint LockPage(int pageSize) => (uint)(LockByteOffset / pageSize) + 1;
}
