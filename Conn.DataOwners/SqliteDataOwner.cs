using Conn.ActiveBackup;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Sqlite;

namespace Conn.DataOwners;

/// <summary>A data owner that keeps one live SQLite database: committed states only, changed pages only, and no file swapped under open connections.</summary>
/// <remarks>
/// <para>Backup copies the database through SQLite's backup API inside one read transaction; restore stages a checked file beside the
/// database and puts it in place in one transaction. docs/format-sqlite.md describes the stored bytes and every trade.</para>
/// <para>Not thread-safe: one call at a time, as <see cref="IActiveBackupDataClient"/> promises. Long work runs on the thread pool.</para>
/// </remarks>
public sealed class SqliteDataOwner : DataOwner, IRestorePlan, IRestorePrepare, IOwnerRemarks, IOwnedPlaces, IContentList, IContentExtract,
    IAsyncDisposable
{
    private readonly SqliteOwnerOptions _options;
    private readonly RemarkList _remarks = new();
    private readonly SqliteBackup _backup;
    private readonly SqliteRestore _restore;

    /// <summary>Makes an owner of a database that is restored in place. Nothing is opened before the first callback.</summary>
    /// <param name="name">The owner's name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first.</param>
    /// <param name="databasePath">Path of the database file; absolute or relative to the current folder.</param>
    /// <exception cref="ArgumentException">The name is not legal or the path is empty.</exception>
    public SqliteDataOwner(string name, string databasePath)
        : this(new SqliteOwnerOptions { Name = name, DatabasePath = databasePath })
    {
    }

    /// <summary>Makes an owner. Nothing is opened before the first callback.</summary>
    /// <param name="options">What to keep.</param>
    /// <exception cref="ArgumentException">The name is not legal or a path is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The busy time-out is negative or over an hour.</exception>
    public SqliteDataOwner(SqliteOwnerOptions options)
        : base(options?.Name!)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.DatabasePath);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.BusyTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.BusyTimeout, TimeSpan.FromHours(1));
        _options = options with
        {
            DatabasePath = Path.GetFullPath(options.DatabasePath), Progress = options.Progress + ReportProgress,
        };
        _backup = new SqliteBackup(_options, _remarks);
        _restore = new SqliteRestore(_options, _remarks);
    }

    /// <summary>Gets why SQLite's library cannot be used, with what to do: NotSupported; null when it can. Every callback of an owner fails with it.</summary>
    public static ConnException? LibraryFault => Database.LibraryFault;

    /// <inheritdoc/>
    public override DataOwnerRegistration Registration => base.Registration with
    {
        Kind = $"sqlite:{Path.GetFileName(_options.DatabasePath)}", SupportsIncremental = true, Drives = DriveList.Of(_options.Drive),
        Source = SourcePlace.Of(_options.DatabasePath),
    };

    /// <inheritdoc/>
    public IReadOnlyList<string> Places =>
        [_options.DatabasePath, _options.DatabasePath + "-wal", _options.DatabasePath + "-shm", _options.DatabasePath + "-journal"];

    /// <inheritdoc/>
    public override ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) =>
        Run(() => _backup.CheckSnapshot(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public override ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return Run(() => _backup.ReceiveSnapshot(section.Span, last), cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return await Run(() => _backup.ExpectedBytes(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return ValueTask.FromResult(_backup.ReadSnapshot(buffer.Span));
    }

    /// <inheritdoc/>
    public override ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return Run(() => _backup.Open(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        return await Run(() => _backup.Read(buffer.Span, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        _backup.Close();
        return Run(() => _restore.OpenBase(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Run(() => _restore.Write(section.Span, last), cancellationToken);

    /// <inheritdoc/>
    public override ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        _restore.OpenIncrement();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Run(() => _restore.Write(section.Span, last), cancellationToken);

    /// <inheritdoc/>
    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return Run(() => _restore.Plan(expectedBytes, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    /// <remarks>Checks every page against the digest of the backed-up state and runs <c>PRAGMA integrity_check</c>. In place, the live database's
    /// write lock is taken here, everything but the last page is written under it, and it is held until RestoreComplete or Terminate.</remarks>
    public async ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return await Run(() => _restore.Prepare(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return await Run(() => _restore.Resume(token.Span, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, CancellationToken.None);
        return Run(_restore.Complete, CancellationToken.None);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, CancellationToken cancellationToken) =>
        new SqliteContent(Path.GetFileName(_options.DatabasePath), _options.SpoolFolder).ListContentAsync(content, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ContentPiece> ExtractContentAsync(StoredContent content, Func<ContentEntry, bool> select, CancellationToken cancellationToken) =>
        new SqliteContent(Path.GetFileName(_options.DatabasePath), _options.SpoolFolder).ExtractContentAsync(content, select, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        _backup.Close();
        _restore.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>Over the content of all pages of a committed state, without the fields SQLite renews by itself (change counter, schema cookie,
    /// library version, journal mode): a database and its restored copy have the same checksum. Takes a copy, as a backup does.</remarks>
    public override async ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        Check(drive, cancellationToken);
        return await Run(() => _backup.Checksum(cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) =>
        new(StagedLeftovers.Remove(Path.GetDirectoryName(_options.DatabasePath)!, _options.Name));

    /// <inheritdoc/>
    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) => new(_remarks.Take());

    /// <summary>Ends whatever is open. A database that is prepared for a restore stays beside the original until Recover removes it.</summary>
    /// <returns>Completes when nothing is held any more.</returns>
    public ValueTask DisposeAsync()
    {
        _backup.Dispose();
        _restore.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask Run(Action work, CancellationToken cancellationToken) =>
        _ = await Run(
            () =>
            {
                work();
                return true;
            },
            cancellationToken);

    private static async ValueTask<T> Run<T>(Func<T> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        catch (Exception e) when (SqliteErrors.CodeOf(e) is { } code)
        {
            throw new ConnException(code, e.Message, e);
        }
    }

    private void Check(DriveNumber drive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (drive != _options.Drive)
        {
            throw new ConnException(ErrorCode.Argument, $"Drive {drive} was asked of owner {_options.Name}, whose one drive is {_options.Drive}.");
        }
    }
}
