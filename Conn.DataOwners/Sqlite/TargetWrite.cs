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
    private readonly bool _isWal;
    private readonly string? _newEncoding;
    private bool _finished;

    private TargetWrite(Database source, Database target, sqlite3_backup backup, TargetFacts facts, string? newEncoding)
    {
        _source = source;
        _target = target;
        _backup = backup;
        _isWal = facts.IsWal;
        SchemaVersion = facts.SchemaVersion;
        _newEncoding = newEncoding;
    }

    /// <summary>The schema version of the target before the commit. The transaction itself raises it by one.</summary>
    public int SchemaVersion { get; }

    /// <summary>Asks for the lock a restore needs and gives it back; nothing is written.</summary>
    public static void Try(SqliteOwnerOptions options, CancellationToken cancellationToken)
    {
        using Database target = OpenTarget(options, cancellationToken);
        target.Execute("BEGIN EXCLUSIVE", cancellationToken);
        target.Execute("ROLLBACK", CancellationToken.None);
        if (raw.sqlite3_db_readonly(target.Handle, "main") != 0)
        {
            throw new ConnException(ErrorCode.AccessDenied, $"{options.DatabasePath} cannot be written by this user; restore to another folder instead.");
        }
    }

    /// <summary>Takes the target's write lock and writes everything but the last page under it.</summary>
    public static TargetWrite Begin(SqliteOwnerOptions options, StagedFile staged, StagedState state, CancellationToken cancellationToken)
    {
        Database source = Database.OpenImmutable(staged.FullPath, staged.FullPath);
        Database? target = null;
        sqlite3_backup? backup = null;
        try
        {
            target = OpenTarget(options, cancellationToken);
            target.Execute("PRAGMA synchronous = EXTRA", cancellationToken);

            // Everything that is asked of the target is asked now: after the commit no answer may decide what the restore is called.
            TargetFacts facts = TargetFacts.Read(target, cancellationToken);
            facts.RequirePageSize(options, state);
            string? encoding = facts.IsEmpty ? null : staged.Encoding();
            backup = raw.sqlite3_backup_init(target.Handle, "main", source.Handle, "main");
            if (backup is null || backup.IsInvalid)
            {
                throw target.Failure(raw.sqlite3_errcode(target.Handle), "Restoring in place");
            }

            Fill(backup, target, options, state, cancellationToken);
            return new TargetWrite(source, target, backup, facts, encoding == facts.Encoding ? null : encoding);
        }
        catch
        {
            backup?.Dispose();
            target?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>Writes the last page and commits. Nothing after the commit can fail; it can only leave a note.</summary>
    public void Commit(RemarkList remarks)
    {
        int result = raw.sqlite3_backup_step(_backup, -1);
        if (result != raw.SQLITE_DONE)
        {
            const string doing = "Committing the restored state; whether it is in place is found out by the next run, for which the staged copy is kept";
            throw SqliteErrors.Of(result, doing, null);
        }

        _finished = true;
        _backup.Dispose();
        if (_newEncoding is not null)
        {
            remarks.Note(
                $"The restored database has the text encoding {_newEncoding}, and the one before had another: programs that have it open must open it again.");
        }

        int checkpoint = _isWal ? raw.sqlite3_wal_checkpoint_v2(_target.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _) : raw.SQLITE_OK;
        if (checkpoint != raw.SQLITE_OK)
        {
            string number = checkpoint.ToString(CultureInfo.InvariantCulture);
            remarks.Note($"The restored state is committed and stays in the write-ahead log until the next checkpoint (result {number}).");
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

    private static Database OpenTarget(SqliteOwnerOptions options, CancellationToken cancellationToken)
    {
        Database target = Database.Open(options.DatabasePath, options.BusyTimeout);
        try
        {
            return target.IsDatabase(cancellationToken) ? target : throw SqliteErrors.ForeignFile(options.DatabasePath);
        }
        catch
        {
            target.Dispose();
            throw;
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
