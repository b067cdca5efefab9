
namespace Conn.ActiveBackup;

/// <summary>The base class of a data owner: it knows how a host registers the owner, and gives every optional callback a default.</summary>
/// <remarks>
/// <para>A derived class implements the callbacks of a base backup and of its restore, which are abstract here. It overrides those of snapshots and increments
/// when it has increments, and implements <see cref="IRestorePlan"/>, <see cref="IRestorePrepare"/> or <see cref="IOwnerRemarks"/> when it can do what they
/// ask: they are found without anything else.</para>
/// <para><see cref="StreamDataOwner"/> and <see cref="StagedFileOwner"/> need less.</para>
/// </remarks>
public abstract class DataOwner : IActiveBackupDataClient
{
    /// <summary>Initializes an owner.</summary>
    /// <param name="name">Its name: 1 to 64 of <c>A-Z a-z 0-9 . _ -</c>, a letter or digit first; unique in a host.</param>
    /// <exception cref="ArgumentException">It is no such name.</exception>
    protected DataOwner(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = DataOwnerRegistration.IsName(name) ? name
            : throw new ArgumentException($"\"{name}\" is not an owner's name: 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first.", nameof(name));
    }

    /// <summary>Gets the owner's name.</summary>
    public string Name { get; }

    /// <summary>Gets what a host registers when it adds the owner. An override changes members of the base's value. Default: name, the id that follows from
    /// it, drive C, no increments.</summary>
    public virtual DataOwnerRegistration Registration => new(Name) { SupportsIncremental = false };

    /// <summary>Gets or sets what <see cref="ReportProgress"/> calls. A host sets it when it adds the owner. Default: null.</summary>
    public Action? Progress { get; set; }

    /// <inheritdoc/>
    public abstract ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Default: -1, unknown.</remarks>
    public virtual ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => new(-1);

    /// <inheritdoc/>
    /// <remarks>Default: nothing.</remarks>
    public virtual ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    /// <remarks>Default: the owner has no increments.</remarks>
    public virtual ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        throw NoIncrements();

    /// <inheritdoc/>
    /// <remarks>Default: the owner has no increments.</remarks>
    public virtual ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        throw NoIncrements();

    /// <inheritdoc/>
    /// <remarks>Default: the owner has no increments.</remarks>
    public virtual ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => throw NoIncrements();

    /// <inheritdoc/>
    /// <remarks>Default: the owner has no increments.</remarks>
    public virtual ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        throw NoIncrements();

    /// <inheritdoc/>
    /// <remarks>Default: 0.</remarks>
    public virtual ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => new(0u);

    /// <summary>Reports that a long callback makes progress, so that the engine does not take it for a hang. Never waits, never throws.</summary>
    protected void ReportProgress() => Progress?.Invoke();

    private ConnException NoIncrements() => new(
        ErrorCode.NotSupported, $"Owner {Name} has no increments: override the callbacks of snapshots and increments, or register it with SupportsIncremental = false.");
}
