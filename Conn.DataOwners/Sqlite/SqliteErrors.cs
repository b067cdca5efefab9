using Conn.DataOwners.Posix;
using SQLitePCL;

namespace Conn.DataOwners.Sqlite;

/// <summary>The one place where SQLite's result codes and stream faults become Conn's codes.</summary>
internal static class SqliteErrors
{
    public static ConnException Of(int result, string doing, string? detail) => new(
        CodeOf(result),
        $"{doing}: SQLite says {detail ?? raw.sqlite3_errstr(result).utf8_to_string()} (result {result}).{Advice(result)}");

    public static ConnException NoLibrary(Exception cause) => new(
        ErrorCode.NotSupported, "SQLite's library, e_sqlite3, could not be loaded. It is one of the files of the program: copy all of them.", cause);

    public static ConnException NoDatabase(string path) => new(
        ErrorCode.PathNotFound,
        $"There is no database at {path}. Name an existing SQLite file, or leave this owner out.");

    public static ConnException Damaged(string what) => new(ErrorCode.Corrupt, what);

    public static ConnException Exists(string path) => new(
        ErrorCode.AlreadyExists,
        $"A restore to {path} was asked for, and something is there already. Choose another folder, or restore in place.");

    public static ConnException FolderInPlace(string path) => new(
        ErrorCode.AlreadyExists,
        $"There is a folder at {path}, where the database is to be put. Move it away and restore again, or restore to another folder.");

    public static ConnException ForeignFile(string path) => new(
        ErrorCode.AlreadyExists,
        $"The file at {path} is not a SQLite database, or it is encrypted. "
        + "Move it away and restore again, which makes a new file, or restore to another folder.");

    public static ConnException SideFile(string path) => new(
        ErrorCode.AlreadyExists,
        $"{path} is left from a database that is gone; SQLite would play it into the restored one. Move it away, then restore again.");

    /// <summary>True for the results that another connection's lock causes.</summary>
    public static bool IsBusy(int result) => (result & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED;

    /// <summary>The code of a fault of the file system, or null when it is none.</summary>
    public static ErrorCode? CodeOf(Exception fault) =>
        fault is IOException or UnauthorizedAccessException ? FileFaults.Of(fault).ToCode() : null;

    private static ErrorCode CodeOf(int result) => (result & 0xFF) switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ErrorCode.InUse,
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => ErrorCode.Corrupt,
        raw.SQLITE_FULL => ErrorCode.DiskFull,
        raw.SQLITE_NOMEM => ErrorCode.NoMemory,
        raw.SQLITE_PERM or raw.SQLITE_AUTH or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN => ErrorCode.AccessDenied,
        raw.SQLITE_INTERRUPT => ErrorCode.Cancel,
        _ => ErrorCode.General,
    };

    private static string Advice(int result) => (result & 0xFF) switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => " Another connection holds it: let its transaction end, then try again.",
        raw.SQLITE_NOTADB => " It is not a SQLite database, or it is encrypted.",
        raw.SQLITE_CORRUPT => " Restore it from a backup; the command .recover of the sqlite3 tool may save what is newer.",
        raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN => " The file, its folder and its -wal and -shm must be readable and writable for this user.",
        _ => string.Empty,
    };
}
