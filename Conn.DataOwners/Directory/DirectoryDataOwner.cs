using Conn.ActiveBackup.Contract;

namespace Conn.DataOwners.Directory;

/// <summary>Keeps the files of a folder for each drive: content, names, links, permissions and times, with increments.</summary>
public sealed class DirectoryDataOwner : IActiveBackupDataClient, IRestorePlan, IRestorePrepare, IOwnerRemarks, IAsyncDisposable
{
    /// <summary>Makes an owner. Touches nothing: a missing folder is reported when it is needed.</summary>
    /// <param name="options">What to keep.</param>
    /// <exception cref="ArgumentException">No folder, an illegal name, or a relative path among the exclusions.</exception>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public DirectoryDataOwner(DirectoryOwnerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
    }

    /// <summary>The drives the owner has folders for.</summary>
    public DriveList Drives => DriveList.Empty;

    /// <summary>Removes what interrupted restores of this owner left beside its folders, and finishes one that had begun to put its data in place.</summary>
    /// <param name="cancellationToken">Cancelled when the host shuts down.</param>
    /// <returns>One sentence for each thing found; empty when there was nothing.</returns>
    /// <remarks>Call it after <see cref="ResumeRestoreAsync"/> for whatever a repository says is committed. What a live process stages is left alone.</remarks>
    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public object? GetExtendedInterface(int uid) => uid switch
    {
        ExtendedInterfaces.RestorePlan or ExtendedInterfaces.RestorePrepare or ExtendedInterfaces.OwnerRemarks => this,
        _ => null,
    };

    /// <inheritdoc/>
    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) => new(OwnerRemarks.Nothing);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;
}
