using Conn.ActiveBackup.Contract;
using Conn.PubSub;

namespace Conn.DataOwners.Directory;

public sealed partial class DirectoryDataOwner
{
    /// <inheritdoc/>
    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken)
    {
        new RestoreTarget(PathOf(drive), _options).Plan(expectedBytes);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        EndRestore(drive);

        // Snapshots are handed out before it is known to the owner that this is a restore.
        EndBackups();
        _openRestore = RestoreOf(drive);
        _openRestore.Begin(increment: false);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Push(section, last, cancellationToken);

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        _openRestore = RestoreOf(drive);
        _openRestore.Begin(increment: true);
        return default;
    }

    /// <inheritdoc/>
    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => Push(section, last, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        new(RestoreOf(drive).Prepare());

    /// <inheritdoc/>
    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        EndRestore(drive);
        return new(RestoreOf(drive).Resume(token.Span));
    }

    /// <inheritdoc/>
    /// <remarks>The replaced tree is removed here for at most ten seconds; a larger one is removed further by <see cref="DisposeAsync"/>, or by
    /// <see cref="RecoverAsync"/> in a later run.</remarks>
    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        RestoreOf(drive).Complete(BeforeSwapStep, ForceTwoRenames, For(RemovalLimit));
        return default;
    }

    /// <summary>Removes what interrupted restores of this owner left beside its folders, and finishes one that had begun to put its data in place.</summary>
    /// <param name="cancellationToken">Cancelled when the host shuts down.</param>
    /// <returns>One sentence for each thing found; empty when there was nothing.</returns>
    /// <remarks>Call it before a backup or restore, and after <see cref="ResumeRestoreAsync"/> for whatever a repository says is committed: what was
    /// prepared and not taken up is removed. What a live process, or this owner, holds is left alone. A folder without a parent has nothing to
    /// recover.</remarks>
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        var notes = new List<string>();
        foreach (string path in _paths.Values)
        {
            if (System.IO.Path.GetDirectoryName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path))) is not null)
            {
                StagingRecovery.Run(new RestoreTarget(path, _options), notes, cancellationToken);
            }
        }

        return new(notes);
    }

    private ValueTask Push(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken)
    {
        if (_openRestore is null)
        {
            throw new ConnException(ErrorCode.NotReady, "A section came while no stream is open; open one first.");
        }

        _openRestore.Push(section.Span, last, cancellationToken);
        return default;
    }

    private DriveRestore RestoreOf(DriveNumber drive)
    {
        if (!_restores.TryGetValue(drive, out DriveRestore? restore))
        {
            restore = new DriveRestore(new RestoreTarget(PathOf(drive), _options), _remarks);
            _restores.Add(drive, restore);
        }

        return restore;
    }
}
