using System.Globalization;
using Conn.PubSub;
using SQLitePCL;

namespace Conn.DataOwners.Sqlite;

/// <summary>One transaction on a live database that replaces all of it: locked and written up to the last page, then committed, or rolled back by dropping
/// it.</summary>
internal sealed class TargetWrite : IDisposable
{
    private const int StepBytes = 4 * 1024 * 1024;

    private readonly Database _source;
    private readonly Database _target;
    private readonly sqlite3_backup _backup;
    private bool _finished;

    private TargetWrite(Database source, Database target, sqlite3_backup backup)
    {
        _source = source;
        _target = target;
        _backup = backup;
    }

    /// <summary>Asks for the lock a restore needs and gives it back; nothing is written.</summary>
    public static void Try(SqliteOwnerOptions options, CancellationToken cancellationToken)
    {
        using Database target = Database.Open(options.DatabasePath, options.BusyTimeout);
        target.Execute("BEGIN EXCLUSIVE", cancellationToken);
        target.Execute("ROLLBACK", CancellationToken.None);
        if (raw.sqlite3_db_readonly(target.Handle, "main") != 0)
        {
            throw new ConnException(ErrorCode.AccessDenied, $"{options.DatabasePath} cannot be written by this user; restore to another folder instead.");
        }
    }

    /// <summary>Takes the target's write lock and writes everything but the last page under it.</summary>
    public static TargetWrite Begin(SqliteOwnerOptions options, string stagedPath, StagedState state, CancellationToken cancellationToken)
    {
        Database source = Database.OpenImmutable(stagedPath, stagedPath);
        Database? target = null;
        sqlite3_backup? backup = null;
        try
        {
            target = Database.Open(options.DatabasePath, options.BusyTimeout);
            target.Execute("PRAGMA synchronous = EXTRA", cancellationToken);
            CheckPageSize(target, options, state, cancellationToken);
            backup = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
            if (backup is null || backup.IsInvalid)
            {
                throw target.Failure(raw.sqlite3_errcode(target.Handle), "Restoring in place");
            }

            Fill(backup, target, options, state, cancellationToken);
            return new TargetWrite(source, target, backup);
        }
        catch
        {
            backup?.Dispose();
            target?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Writes the last page and commits.</summary>
    public void Commit(RemarkList remarks)
    {
        int result = raw.sqlite3_backup_step(_backup, -1);
        if (result != raw.SQLITE_DONE)
        {
            throw SqliteErrors.Of(result, "Committing the restored state; the database is as it was, and the staged copy is kept for another attempt", null);
        }

        _finished = true;
        _backup.Dispose();
        if (_target.Query("PRAGMA journal_mode", CancellationToken.None) is ["wal"])
        {
            int checkpoint = raw.sqlite3_wal_checkpoint_v2(_target.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
            if (checkpoint != raw.SQLITE_OK)
            {
                remarks.Note($"The restored state is committed and stays in the write-ahead log until the next checkpoint (result {checkpoint}).");
            }
        }
    }

    public void Dispose()
    {
        if (!_finished)
        {
            // Ending a backup before its last page rolls the target's transaction back.
            _backup.Dispose();
        }

        _target.Dispose();
        _source.Dispose();
    }

    private static void CheckPageSize(Database target, SqliteOwnerOptions options, StagedState state, CancellationToken cancellationToken)
    {
        string now = target.Query("PRAGMA page_size", cancellationToken)[0];
        if (now != state.PageSize.ToString(CultureInfo.InvariantCulture) && target.Query("PRAGMA journal_mode", cancellationToken) is ["wal"])
        {
            throw new ConnException(
                ErrorCode.NotSupported,
                $"{options.DatabasePath} has pages of {now} bytes in WAL mode and the backup has pages of {state.PageSize}: SQLite cannot change that in place. "
                + "Restore to another folder, or set PRAGMA journal_mode = DELETE on it first.");
        }
    }

    private static void Fill(sqlite3_backup backup, Database target, SqliteOwnerOptions options, StagedState state, CancellationToken cancellationToken)
    {
        // Zero pages: only the lock. In WAL mode it is the writer's lock; otherwise readers must be gone too.
        _ = target.Retry(() => raw.sqlite3_backup_step(backup, 0), "Locking for a restore in place", cancellationToken);
        uint left = state.PageCount - 1;
        uint stride = (uint)(StepBytes / state.PageSize);
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            uint pages = Math.Min(left, stride);
            int result = raw.sqlite3_backup_step(backup, (int)pages);
            if (result != raw.SQLITE_OK)
            {
                throw SqliteErrors.Of(result, $"Restoring {options.DatabasePath} in place; it is as it was", null);
            }

            left -= pages;
            options.Progress?.Invoke();
        }
    }
}
