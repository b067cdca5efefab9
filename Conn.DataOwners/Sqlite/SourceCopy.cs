using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace Conn.DataOwners.Sqlite;

/// <summary>A private copy of one committed state of a database. Nothing of the database is held once it is taken.</summary>
internal sealed class SourceCopy : IDisposable
{
    private const int StepBytes = 4 * 1024 * 1024;

    // A writer that waits for less hardly differs from one that waits for its disk.
    private static readonly TimeSpan ShortestNoted = TimeSpan.FromSeconds(1);

    private SourceCopy(SafeFileHandle file, bool isEmpty, bool wal, int pageSize, uint pageCount, int unixMode)
    {
        File = file;
        IsEmpty = isEmpty;
        Wal = wal;
        PageSize = pageSize;
        PageCount = pageCount;
        UnixMode = unixMode;
    }

    public SafeFileHandle File { get; }

    /// <summary>True for a database without tables.</summary>
    public bool IsEmpty { get; }

    public bool Wal { get; }

    public int PageSize { get; }

    public uint PageCount { get; }

    public int UnixMode { get; }

    public static SourceCopy Take(SqliteOwnerOptions options, SpoolFolder spool, RemarkList? remarks, CancellationToken cancellationToken)
    {
        // Open before SQLite opens it and after SQLite closed it: the pages are read from the file that was created, whatever its name says by then.
        (string path, SafeFileHandle file) = spool.NewNamedFile();
        try
        {
            bool isEmpty = Copy(options, path, remarks, cancellationToken);
            SourceCopy taken = Finish(options, path, file, isEmpty, remarks, cancellationToken);
            spool.Unname(path);
            return taken;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads whole pages as they are stored: the lock page as zeros.</summary>
    public int ReadPages(uint firstPage, Span<byte> destination)
    {
        long offset = (long)(firstPage - 1) * PageSize;
        int wanted = (int)Math.Min(destination.Length, ((long)PageCount * PageSize) - offset);
        int read = 0;
        while (read < wanted)
        {
            int piece = RandomAccess.Read(File, destination[read..wanted], offset + read);
            if (piece == 0)
            {
                throw SqliteErrors.Damaged("The private copy of the database ended before its last page: somebody shortened it.");
            }

            read += piece;
        }

        uint lockPage = PageOne.LockPage(PageSize);
        if (lockPage >= firstPage && lockPage < firstPage + (read / PageSize))
        {
            destination.Slice((int)(lockPage - firstPage) * PageSize, PageSize).Clear();
        }

        return read;
    }

    public void Dispose() => File.Dispose();

    // Returns whether the database has no tables.
    private static bool Copy(SqliteOwnerOptions options, string path, RemarkList? remarks, CancellationToken cancellationToken)
    {
        using Database source = Database.Open(options.DatabasePath, options.BusyTimeout);
        using Database copy = Database.OpenPrivate(path);
        copy.Execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", cancellationToken);

        // From this statement to the rollback every page comes from the state committed last before it: the backup never starts over.
        source.Execute("BEGIN", cancellationToken);
        bool isEmpty = source.Query("SELECT count(*) FROM sqlite_schema", cancellationToken) is ["0"];
        long begin = options.TimeProvider.GetTimestamp();
        CopyPages(source, copy, options, cancellationToken);
        source.Execute("ROLLBACK", CancellationToken.None);
        TimeSpan held = options.TimeProvider.GetElapsedTime(begin);
        string journal = source.Query("PRAGMA journal_mode", cancellationToken).FirstOrDefault("unknown");
        if (journal != "wal" && held >= ShortestNoted)
        {
            remarks?.Note(string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"Writers of {Path.GetFileName(options.DatabasePath)} could not commit for {held.TotalMilliseconds:F0} ms "
                + $"while it was copied (journal mode {journal}; wal does not wait)."));
        }

        return isEmpty;
    }

    private static void CopyPages(Database source, Database copy, SqliteOwnerOptions options, CancellationToken cancellationToken)
    {
        int pageSize = int.Parse(source.Query("PRAGMA page_size", cancellationToken)[0], System.Globalization.CultureInfo.InvariantCulture);
        using sqlite3_backup backup = raw.sqlite3_backup_init(copy.Handle, "main", source.Handle, "main");
        if (backup is null || backup.IsInvalid)
        {
            throw copy.Failure(raw.sqlite3_errcode(copy.Handle), $"Copying {options.DatabasePath} to the spool folder");
        }

        int result;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            result = raw.sqlite3_backup_step(backup, StepBytes / pageSize);
            options.Progress?.Invoke();
        }
        while (result == raw.SQLITE_OK);
        if (result != raw.SQLITE_DONE)
        {
            throw SqliteErrors.Of(result, $"Copying {options.DatabasePath} to the spool folder", null);
        }
    }

    private static SourceCopy Finish(
        SqliteOwnerOptions options, string path, SafeFileHandle file, bool isEmpty, RemarkList? remarks, CancellationToken cancellationToken)
    {
        Span<byte> header = stackalloc byte[PageOne.HeaderBytes];
        long length = RandomAccess.GetLength(file);
        if (RandomAccess.Read(file, header, 0) != header.Length || !header.StartsWith(PageOne.Magic))
        {
            throw SqliteErrors.Damaged($"{options.DatabasePath} did not copy as a SQLite database.");
        }

        int pageSize = PageOne.PageSizeOf(header);
        uint pageCount = PageOne.PageCountOf(header);
        if (!PageOne.IsPageSize((uint)pageSize) || pageCount == 0 || length != (long)pageCount * pageSize)
        {
            throw SqliteErrors.Damaged($"The header of {options.DatabasePath} says {pageCount} pages of {pageSize} bytes, and its copy has {length} bytes.");
        }

        bool wal = PageOne.IsWal(header);
        PageOne.SetWal(header, wal: false);
        RandomAccess.Write(file, header, 0);
        if (options.CheckCopy && remarks is not null)
        {
            using Database copy = Database.OpenImmutable(path, Path.GetFileName(options.DatabasePath));
            copy.CheckWhole("quick_check", remarks, options.Progress, cancellationToken);
        }

        int unixMode = OperatingSystem.IsWindows() ? 0 : (int)System.IO.File.GetUnixFileMode(options.DatabasePath) & 0x1FF;
        return new SourceCopy(file, isEmpty, wal, pageSize, pageCount, unixMode);
    }
}
