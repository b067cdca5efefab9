using SQLitePCL;

namespace Conn.DataOwners.Sqlite;

/// <summary>One raw SQLite connection: every result is checked, every wait is bounded and cancellable, and it is closed on every end.</summary>
internal sealed class Database : IDisposable
{
    private const int BusySliceMilliseconds = 50;

    private readonly string _name;
    private readonly int _attempts;

    private Database(sqlite3 handle, string name, TimeSpan busyTimeout)
    {
        Handle = handle;
        _name = name;
        _attempts = 1 + (int)(busyTimeout.TotalMilliseconds / BusySliceMilliseconds);
        _ = raw.sqlite3_busy_timeout(handle, busyTimeout == TimeSpan.Zero ? 0 : BusySliceMilliseconds);
    }

    /// <summary>Why SQLite's library cannot be used; null when it can.</summary>
    public static ConnException? LibraryFault { get; } = Load();

    public sqlite3 Handle { get; }

    /// <summary>An existing database, writable if permitted: recovery of a journal or of a write-ahead log needs that.</summary>
    public static Database Open(string path, TimeSpan busyTimeout)
    {
        // A look by name only: opening and closing the file ourselves would drop the locks SQLite holds on it in this process.
        return File.Exists(path)
            ? Open(path, raw.SQLITE_OPEN_READWRITE, path, busyTimeout)
            : throw (System.IO.Directory.Exists(path)
                ? SqliteErrors.Damaged($"{path} is a folder, not a SQLite database.")
                : SqliteErrors.NoDatabase(path));
    }

    /// <summary>A private empty file that nobody else has open. It exists: SQLite would create it with the mode that the umask leaves.</summary>
    public static Database OpenPrivate(string path) => Open(path, raw.SQLITE_OPEN_READWRITE, path, TimeSpan.Zero);

    /// <summary>A private finished file, without locks, journal or write-ahead log, whatever its header says.</summary>
    public static Database OpenImmutable(string path, string name)
    {
        string escaped = path.Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3f", StringComparison.Ordinal)
            .Replace("#", "%23", StringComparison.Ordinal).Replace('\\', '/');
        return Open($"file:{(escaped[0] == '/' ? string.Empty : "/")}{escaped}?immutable=1", raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_URI, name, TimeSpan.Zero);
    }

    /// <summary>False for a file that is no SQLite database, or is an encrypted one.</summary>
    public bool IsDatabase(CancellationToken cancellationToken)
    {
        int result = raw.SQLITE_OK;
        int Read() => (result = raw.sqlite3_exec(Handle, "PRAGMA schema_version")) == raw.SQLITE_NOTADB ? raw.SQLITE_OK : result;
        _ = Retry(Read, "Reading", cancellationToken);
        return result != raw.SQLITE_NOTADB;
    }

    public void Execute(string sql, CancellationToken cancellationToken) =>
        Retry(() => raw.sqlite3_exec(Handle, sql), "Work", cancellationToken);

    /// <summary>Runs one call until it is not busy, at most for the busy time-out; the waiting is SQLite's own, in short slices.</summary>
    public int Retry(Func<int> call, string doing, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int result = call();
            if (result is raw.SQLITE_OK or raw.SQLITE_DONE or raw.SQLITE_ROW)
            {
                return result;
            }

            if (!SqliteErrors.IsBusy(result) || attempt >= _attempts)
            {
                throw Failure(result, doing);
            }
        }
    }

    /// <summary>The first column of all rows.</summary>
    public List<string> Query(string sql, CancellationToken cancellationToken, string doing = "Reading")
    {
        sqlite3_stmt? statement = null;
        _ = Retry(() => raw.sqlite3_prepare_v2(Handle, sql, out statement), doing, cancellationToken);
        using (statement)
        {
            List<string> rows = [];
            while (Retry(() => raw.sqlite3_step(statement), doing, cancellationToken) == raw.SQLITE_ROW)
            {
                rows.Add(raw.sqlite3_column_text(statement, 0).utf8_to_string());
            }

            return rows;
        }
    }

    /// <summary>Runs a check pragma. Damage to pages and trees is Corrupt; what only an index, a constraint or a missing extension is about is a
    /// note.</summary>
    public void CheckWhole(string pragma, RemarkList remarks, Action? progress, CancellationToken cancellationToken)
    {
        raw.sqlite3_progress_handler(
            Handle,
            100_000,
            _ =>
            {
                progress?.Invoke();
                return cancellationToken.IsCancellationRequested ? 1 : 0;
            },
            null);
        try
        {
            // Constraints are the owner's rules, not the file's health; some call functions that only the owner has.
            Execute("PRAGMA ignore_check_constraints = ON", cancellationToken);
            Judge(Query($"PRAGMA {pragma}(20)", cancellationToken, "The check of all pages"), remarks);
        }
        catch (ConnException e) when (e.Code == ErrorCode.Cancel)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (ConnException e) when (e.Code == ErrorCode.General)
        {
            // A collation, function or module of the application's own is not here: the pages are verified by other means.
            remarks.Note($"The check of {_name} could not look at all of it: {e.Message}");
        }
        finally
        {
            raw.sqlite3_progress_handler(Handle, 0, null, null);
        }
    }

    public ConnException Failure(int result, string doing) =>
        SqliteErrors.Of(result, $"{doing} on {_name}", raw.sqlite3_errmsg(Handle).utf8_to_string());

    public void Dispose() => Handle.Dispose();

    private void Judge(List<string> rows, RemarkList remarks)
    {
        if (rows is ["ok"])
        {
            return;
        }

        // SQLite puts lines into a row.
        string says = string.Join("; ", rows.SelectMany(static r => r.Split('\n')));

        // What pages and trees are at fault comes under this heading; everything else is about the content of indexes and rows.
        if (rows.Exists(r => r.StartsWith("*** in database", StringComparison.Ordinal)))
        {
            throw SqliteErrors.Damaged($"{_name} is damaged: {says}.");
        }

        remarks.Note($"The check of {_name} says: {says}. The pages are whole and are kept as they are.");
    }

    private static ConnException? Load()
    {
        try
        {
            Batteries_V2.Init();
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or TypeInitializationException)
        {
            return SqliteErrors.NoLibrary(e);
        }
    }

    private static Database Open(string path, int flags, string name, TimeSpan busyTimeout)
    {
        if (LibraryFault is { } fault)
        {
            throw new ConnException(fault.Code, fault.Message, fault);
        }

        int result = raw.sqlite3_open_v2(path, out sqlite3 handle, flags, null);
        Database database = new(handle, name, busyTimeout);
        if (result == raw.SQLITE_OK)
        {
            return database;
        }

        ConnException failure = database.Failure(result, "Opening");
        database.Dispose();
        throw failure;
    }
}
