using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Conn.DataOwners.Sqlite;

/// <summary>A file beside a staged one that says: the staged pages are being committed to the live database, whose schema version was this before.</summary>
/// <remarks>Invariant: it is durable before the commit of SQLite begins. So without it the commit has not begun. With it, the schema version of the database
/// tells
/// whether it was carried out: SQLite raises it by one in the same transaction.</remarks>
internal static class CommitMark
{
    public const string Suffix = ".commit";
    private const int Bytes = 12;

    private static ReadOnlySpan<byte> Magic => "CONNSQLC"u8;

    /// <summary>Writes the mark, durably.</summary>
    public static void Write(string stagedPath, int schemaVersion)
    {
        string path = stagedPath + Suffix;
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(Magic.Length), schemaVersion);

        // One is there when an earlier attempt to commit failed.
        File.Delete(path);
        using (SafeFileHandle file = PrivateFile.Create(path))
        {
            RandomAccess.Write(file, bytes, 0);
            DeviceFlush.File(file, path);
        }

        DeviceFlush.Folder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Reads the schema version before the commit; null when no commit has begun.</summary>
    public static int? TryRead(string stagedPath)
    {
        using SafeFileHandle? file = OwnFile.TryOpen(stagedPath + Suffix);
        byte[] bytes = new byte[Bytes];
        return file is not null && RandomAccess.Read(file, bytes, 0) == Bytes && bytes.AsSpan().StartsWith(Magic)
            ? BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(Magic.Length))
            : null;
    }

    public static void Delete(string stagedPath) => File.Delete(stagedPath + Suffix);
}
