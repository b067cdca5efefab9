using Conn.ActiveBackup;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Directory;

namespace Conn.DataOwners;

/// <summary>Keeps the files of a folder for each drive: content, names, links, permissions and times, with increments.</summary>
/// <remarks>
/// <para>Calls work on the calling thread: files are read and written there. One call at a time, as <see cref="IActiveBackupDataClient"/> says.</para>
/// <para>A restore is staged beside the folder, on the same file system, and put in place in one step. The formats of stream and snapshot
/// are in docs/format-directory.md.</para>
/// </remarks>
public sealed class DirectoryDataOwner : DataOwner, IRestorePlan, IRestorePrepare, IOwnerRemarks, IOwnedPlaces, IContentList, IContentExtract,
    IAsyncDisposable
{
    // Replaced as a whole between operations.
    private volatile DirectoryOwnerOptions _options;
    private readonly IReadOnlyList<string> _otherPlaces;
    private readonly SortedDictionary<DriveNumber, string> _paths = [];
    private readonly RemarkList _remarks = new();
    private readonly DriveBackups _backups;
    private readonly DriveRestores _restores;

    /// <summary>Makes an owner of one folder. Touches nothing: a missing folder is reported when it is needed.</summary>
    /// <param name="name">The owner's name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first.</param>
    /// <param name="path">The folder; absolute or relative to the current folder.</param>
    /// <exception cref="ArgumentException">No folder, or an illegal name.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux, on x64 or arm64.</exception>
    public DirectoryDataOwner(string name, string path)
        : this(new DirectoryOwnerOptions { Name = name, Path = path })
    {
    }

    /// <summary>Makes an owner. Touches nothing: a missing folder is reported when it is needed.</summary>
    /// <param name="options">What to keep.</param>
    /// <exception cref="ArgumentException">No folder, an illegal name, a relative path among the places of others, or a marker with a slash.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux, on x64 or arm64.</exception>
    public DirectoryDataOwner(DirectoryOwnerOptions options)
        : base(options?.Name!)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("A directory owner needs Linux: it relies on calls that keep links, holes and exact times apart. "
                + "Other systems are not supported yet.");
        }

        OptionRules.Check(options);
        _options = options = options with { Progress = options.Progress + ReportProgress };
        _otherPlaces = options.OtherPlaces;
        foreach ((DriveNumber drive, string path) in options.Drives ?? new Dictionary<DriveNumber, string> { [DriveNumber.C] = options.Path ?? string.Empty })
        {
            _paths.Add(drive, path.Length > 0
                ? System.IO.Path.GetFullPath(path)
                : throw new ArgumentException($"Owner '{options.Name}' has no folder for drive {drive}.", nameof(options)));
        }

        Drives = DriveList.Of([.. _paths.Keys]);
        _backups = new DriveBackups(drive => new DriveBackup(PathOf(drive), _options, _remarks), _remarks);
        _restores = new DriveRestores(drive => new DriveRestore(TargetOf(drive), _remarks, options.NumericIds), options.TimeProvider);
    }

    /// <inheritdoc/>
    public override DataOwnerRegistration Registration => base.Registration with
    {
        Kind = "directory", SupportsIncremental = true, Drives = Drives, Source = SourcePlace.Of(_paths),
    };

    /// <summary>The drives the owner has folders for.</summary>
    public DriveList Drives { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Places => [.. _paths.Values.Select(System.IO.Path.GetFullPath)];

    /// <summary>A seam for tests: called before each step of putting restored data in place.</summary>
    internal Action<string>? BeforeSwapStep { get; init; }

    /// <summary>A seam for tests: as on a file system that cannot exchange two folders.</summary>
    internal bool ForceTwoRenames { get; init; }

    /// <inheritdoc/>
    /// <remarks>They are added to <see cref="DirectoryOwnerOptions.OtherPlaces"/>.</remarks>
    public void SetOtherPlaces(IReadOnlyList<string> places) => _options = _options with { OtherPlaces = [.. _otherPlaces.Union(places)] };

    /// <inheritdoc/>
    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) => new(_remarks.Take());

    /// <inheritdoc/>
    public override ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        // In a restore the engine supplies the snapshot too; an owner of a folder needs nothing of it then.
        if (!_restores.IsActive)
        {
            _backups.ReceiveSnapshot(drive, section.Span, last, cancellationToken);
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken)
    {
        _backups.AllSnapshotsSupplied();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        new(_backups[drive].ExpectedBytes(cancellationToken));

    /// <inheritdoc/>
    public override ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _backups.Begin(drive, cancellationToken);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        new(_backups.Fill(buffer, cancellationToken));

    /// <inheritdoc/>
    public override ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        new(_backups.FillSnapshot(drive, buffer.Span));

    /// <inheritdoc/>
    public override ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        using TreeSource source = TreeSource.Open(PathOf(drive), _options, _remarks);
        using var catalogue = new Catalogue(source.SpoolFolder);
        using var walk = new TreeWalk(source, catalogue, _remarks);
        walk.Run(cancellationToken);
        return new(TreeChecksum.Compute(source, catalogue, _remarks, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
    {
        TargetOf(drive).Plan(expectedBytes);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        // Snapshots are supplied before the owner can know that this is a restore.
        _backups.End();
        _restores.Begin(drive, increment: false);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Push(section, last, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _restores.Begin(drive, increment: true);
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Push(section, last, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => new(_restores.Prepare(drive));

    /// <inheritdoc/>
    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
        new(_restores.Resume(drive, token.Span));

    /// <inheritdoc/>
    /// <remarks>The replaced tree is removed here for at most ten seconds; a larger one is removed further by <see cref="DisposeAsync"/>, or by
    /// <see cref="RecoverAsync"/> in a later run.</remarks>
    public override ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _restores.Complete(drive, BeforeSwapStep, ForceTwoRenames);
        return default;
    }

    /// <summary>Removes what interrupted restores of this owner left beside its folders, and finishes one that had begun to put its data in place.</summary>
    /// <param name="cancellationToken">Cancelled when the host shuts down.</param>
    /// <returns>One sentence for each thing found; empty when there was nothing.</returns>
    /// <remarks>Call it before a backup or restore, and after <see cref="ResumeRestoreAsync"/> for whatever a repository says is committed: what was
    /// prepared and not taken up is removed. What a live process, or this owner, holds is left alone, and so is what this process's effective user did not
    /// make privately. A folder without a parent has nothing to recover.</remarks>
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        foreach ((DriveNumber drive, string path) in _paths)
        {
            if (System.IO.Path.GetDirectoryName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path))) is not null)
            {
                StagingRecovery.Run(TargetOf(drive), notes, cancellationToken);
            }
        }

        return new(notes);
    }

    /// <inheritdoc/>
    /// <remarks>A staged tree is removed here for at most two seconds; a larger one is removed further by <see cref="DisposeAsync"/>, or by
    /// <see cref="RecoverAsync"/> in a later run.</remarks>
    public override ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        _backups.End();
        _restores.End();
        return default;
    }

    /// <summary>Releases everything, and removes what is left of replaced or dropped trees. A restore that was prepared stays for the next run.</summary>
    /// <returns>Completes when nothing is held any more.</returns>
    public async ValueTask DisposeAsync()
    {
        await TerminateMultiStageOperationAsync(CancellationToken.None);
        _restores.RemoveRest();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ContentEntry> ListContentAsync(StoredContent content, CancellationToken cancellationToken) =>
        new DirectoryContent().ListContentAsync(content, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ContentPiece> ExtractContentAsync(StoredContent content, Func<ContentEntry, bool> select, CancellationToken cancellationToken) =>
        new DirectoryContent().ExtractContentAsync(content, select, cancellationToken);

    /// <summary>A seam for tests: what the end of the process does. Descriptors and locks go, everything else stays.</summary>
    internal void LetGo()
    {
        _backups.End();
        _restores.Abandon();
    }

    private ValueTask Push(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        _restores.Push(section.Span, last, cancellationToken);
        return default;
    }

    private RestoreTarget TargetOf(DriveNumber drive) => new(PathOf(drive), _options);

    private string PathOf(DriveNumber drive) => _paths.TryGetValue(drive, out string? path)
        ? path
        : throw new ConnException(ErrorCode.Argument, $"Owner '{_options.Name}' has no folder for drive {drive}; it has drives {Drives}.");
}
