using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Recognises SQLite databases that are in use: by this process, by the descriptors it has; by others, by the journal beside the database.</summary>
internal static class LiveDatabase
{
    internal const string Refusal = "it is a SQLite database that this process has open, and a copy of its file may not be whole: give it an owner "
        + "of its own (SqliteDataOwner)";

    private static ReadOnlySpan<byte> Header => "SQLite format 3\0"u8;

    /// <summary>Whether an open file is a database that this process has open elsewhere too.</summary>
    internal static bool IsOwn(int file, in FileStatus status)
    {
        if (!IsDatabase(file))
        {
            return false;
        }

        OwnFiles.Look();
        return OwnFiles.IsOpen(status);
    }

    /// <summary>Looks at an entry whose name is that of a journal: is there a database beside it, and who uses it.</summary>
    /// <returns>True when it must be left out with its database, which this process has open.</returns>
    internal static bool IsOfOwn(int folder, ReadOnlySpan<byte> name, long size, PathBuffer path, RemarkList remarks)
    {
        ReadOnlySpan<byte> bare = name[..^1];
        int suffix = bare.EndsWith("-wal"u8) || bare.EndsWith("-shm"u8) ? 4 : bare.EndsWith("-journal"u8) ? 8 : 0;
        if (suffix == 0 || bare.Length == suffix)
        {
            return false;
        }

        Span<byte> database = stackalloc byte[RawPath.MaxNameBytes + 1];
        bare[..^suffix].CopyTo(database);
        database[bare.Length - suffix] = 0;
        int error = OwnFiles.Open(folder, database[..(bare.Length - suffix + 1)], out int file, out FileStatus status);
        bool live = error == 0 && status.Kind == FileKind.File && IsDatabase(file);
        bool own = live && IsOwn(file, status);
        OwnFiles.Close(file);
        if (own)
        {
            remarks.Note($"'{RawPath.Display(path.Span)}' belongs to a SQLite database that this process has open, and is left out with it.");
        }
        else if (live && size > 0 && !bare.EndsWith("-shm"u8))
        {
            remarks.Note($"'{RawPath.Display(path.Span[..^suffix])}' is a SQLite database that seems to be in use: copied as a file it may not be "
                + "whole. Give it an owner of its own.");
        }

        return own;
    }

    private static bool IsDatabase(int file)
    {
        Span<byte> start = stackalloc byte[16];
        return Kernel.ReadAt(file, start, 0, out int got) == 0 && got == start.Length && start.SequenceEqual(Header);
    }
}
