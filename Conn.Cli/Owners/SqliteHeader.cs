namespace Conn.Cli.Owners;

/// <summary>How every SQLite database begins. The database itself is not opened: that could change files beside it.</summary>
internal static class SqliteHeader
{
    private static ReadOnlySpan<byte> Magic => "SQLite format 3\0"u8;

    /// <summary>Says whether a file is empty, which is an empty database, or begins like a database.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsAt(string path)
    {
        // A pipe has no length either, and opening it would wait for a writer.
        if (new FileInfo(path).Length == 0)
        {
            return true;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> begin = stackalloc byte[Magic.Length];
        int count = file.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        return begin[..count].SequenceEqual(Magic);
    }
}
