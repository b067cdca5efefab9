using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Notices a SQLite database that somebody may have open, by the journal beside it.</summary>
internal static class LiveDatabase
{
    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    internal static void Look(int folder, ReadOnlySpan<byte> name, long size, PathBuffer path, RemarkList remarks)
    {
        ReadOnlySpan<byte> bare = name[..^1];
        int suffix = bare.EndsWith("-wal"u8) ? 4 : bare.EndsWith("-journal"u8) ? 8 : 0;
        if (suffix == 0 || size == 0 || bare.Length == suffix)
        {
            return;
        }

        Span<byte> database = stackalloc byte[RawPath.MaxNameBytes + 1];
        bare[..^suffix].CopyTo(database);
        database[bare.Length - suffix] = 0;
        if (Kernel.Open(folder, database[..(bare.Length - suffix + 1)], OpenFlags.ReadWary, 0, out int file) != 0)
        {
            return;
        }

        Span<byte> start = stackalloc byte[16];
        bool live = Kernel.StatOpen(file, out FileStatus status) == 0 && status.Kind == FileKind.File
            && Kernel.Read(file, start, out int got) == 0 && got == 16 && start.SequenceEqual(Header);
        Kernel.Close(file);
        if (live)
        {
            remarks.Note($"'{RawPath.Display(path.Span[..^suffix])}' is a SQLite database that seems to be in use: copied as a file it may not be whole. Give it an owner of its own.");
        }
    }
}
