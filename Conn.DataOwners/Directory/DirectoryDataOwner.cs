using Conn.ActiveBackup.Contract;
using Conn.PubSub;

namespace Conn.DataOwners.Directory;

/// <summary>Keeps the files of a folder for each drive: content, names, links, permissions and times, with increments.</summary>
/// <remarks>
/// <para>Calls work on the calling thread: files are read and written there. One call at a time, as <see cref="IActiveBackupDataClient"/> says.</para>
/// <para>A restore is staged beside the folder, on the same file system, and put in place in one step. The formats of stream and snapshot
/// are in docs/format-directory.md.</para>
/// </remarks>
public sealed partial class DirectoryDataOwner : IActiveBackupDataClient, IRestorePlan, IRestorePrepare, IOwnerRemarks, IAsyncDisposable
{
    private readonly DirectoryOwnerOptions _options;
    private readonly SortedDictionary<DriveNumber, string> _paths = [];
    private readonly Dictionary<DriveNumber, DriveBackup> _backups = [];
    private readonly Dictionary<DriveNumber, DriveRestore> _restores = [];
    private readonly RemarkList _remarks = new();
    private static readonly TimeSpan RemovalLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>Restores that are over but for removing what is left of a tree: done when the owner is disposed, or by recovery.</summary>
    private readonly List<DriveRestore> _leftovers = [];
    private DriveBackup? _openBackup;
    private DriveRestore? _openRestore;

    /// <summary>Makes an owner. Touches nothing: a missing folder is reported when it is needed.</summary>
    /// <param name="options">What to keep.</param>
    /// <exception cref="ArgumentException">No folder, an illegal name, or a relative path among the exclusions.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux, on x64 or arm64.</exception>
    public DirectoryDataOwner(DirectoryOwnerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("A directory owner needs Linux: it relies on calls that keep links, holes and exact times apart. Other systems are not supported yet.");
        }

        if (!StagingPlace.IsStagingName(StagingPlace.NameFor(options.Name, new string('0', 16))))
        {
            throw new ArgumentException($"'{options.Name}' is no name of an owner: 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first.", nameof(options));
        }

        if (options.OtherPlaces.FirstOrDefault(static path => !System.IO.Path.IsPathRooted(path)) is { } relative)
        {
            throw new ArgumentException($"The place '{relative}' of another owner is not an absolute path.", nameof(options));
        }

        _options = options;
        foreach ((DriveNumber drive, string path) in options.Drives ?? new Dictionary<DriveNumber, string> { [DriveNumber.C] = options.Path ?? string.Empty })
        {
            _paths.Add(drive, path.Length > 0 ? path : throw new ArgumentException($"Owner '{options.Name}' has no folder for drive {drive}.", nameof(options)));
        }

        Drives = DriveList.Of([.. _paths.Keys]);
    }

    /// <summary>The drives the owner has folders for.</summary>
    public DriveList Drives { get; }

    /// <summary>A seam for tests: called before each step of putting restored data in place.</summary>
    internal Action<string>? BeforeSwapStep { get; init; }

    /// <summary>A seam for tests: as on a file system that cannot exchange two folders.</summary>
    internal bool ForceTwoRenames { get; init; }

    /// <inheritdoc/>
    public object? GetExtendedInterface(int uid) => uid switch
    {
        ExtendedInterfaces.RestorePlan or ExtendedInterfaces.RestorePrepare or ExtendedInterfaces.OwnerRemarks => this,
        _ => null,
    };

    /// <inheritdoc/>
    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) => new(_remarks.Take());

    /// <inheritdoc/>
    /// <remarks>A staged tree is removed here for at most two seconds; a larger one is removed further by <see cref="DisposeAsync"/>, or by
    /// <see cref="RecoverAsync"/> in a later run.</remarks>
    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        EndBackups();
        (_openBackup, _openRestore) = (null, null);
        foreach (DriveNumber drive in _restores.Keys.ToArray())
        {
            EndRestore(drive);
        }

        return default;
    }

    /// <summary>Releases everything, and removes what is left of replaced or dropped trees. A restore that was prepared stays for the next run.</summary>
    /// <returns>Completes when nothing is held any more.</returns>
    public async ValueTask DisposeAsync()
    {
        await TerminateMultiStageOperationAsync(CancellationToken.None);
        foreach (DriveRestore restore in _leftovers)
        {
            restore.RemoveRest();
        }

        _leftovers.Clear();
    }

    /// <inheritdoc/>
    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        using TreeSource source = TreeSource.Open(PathOf(drive), _options);
        using var catalogue = new Catalogue(_options.SpoolFolder ?? System.IO.Path.GetTempPath());
        using var walk = new TreeWalk(source, catalogue, _remarks);
        walk.Run(cancellationToken);
        return new(TreeChecksum.Compute(source, catalogue, _remarks, cancellationToken));
    }

    /// <summary>A seam for tests: what the end of the process does. Descriptors and locks go, everything else stays.</summary>
    internal void LetGo()
    {
        EndBackups();
        foreach (DriveRestore restore in _restores.Values)
        {
            restore.Dispose();
        }

        _leftovers.ForEach(static restore => restore.Dispose());
        _leftovers.Clear();
        _restores.Clear();
    }

    private void EndRestore(DriveNumber drive)
    {
        if (_restores.Remove(drive, out DriveRestore? restore))
        {
            restore.End(For(EndLimit));
            if (restore.HasRest)
            {
                _leftovers.Add(restore);
            }
        }
    }

    private Func<bool> For(TimeSpan limit)
    {
        long start = _options.TimeProvider.GetTimestamp();
        return () => _options.TimeProvider.GetElapsedTime(start) < limit;
    }

    private void EndBackups()
    {
        foreach (DriveBackup backup in _backups.Values)
        {
            backup.Dispose();
        }

        _backups.Clear();
    }

    private string PathOf(DriveNumber drive) => _paths.TryGetValue(drive, out string? path)
        ? path
        : throw new ConnException(ErrorCode.Argument, $"Owner '{_options.Name}' has no folder for drive {drive}; it has drives {Drives}.");
}
