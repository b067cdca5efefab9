using Conn.ActiveBackup;

namespace Conn.Engine.Tests;

/// <summary>
/// An owner with a few bytes of data and every optional interface, of which a test replaces single members. It keeps nothing that is restored.
/// </summary>
internal sealed class StubOwner : IActiveBackupDataClient, IRestorePlan, IRestorePrepare, IOwnerRemarks
{
    public byte[] Data { get; init; } = [1, 2, 3];

    public Func<int, object?>? ExtendedInterface { get; init; }

    public Func<Memory<byte>, SectionResult>? BackupSection { get; init; }

    public Func<Memory<byte>, SectionResult>? SnapshotSection { get; init; }

    public Func<ReadOnlyMemory<byte>>? Prepare { get; init; }

    public Func<IReadOnlyList<string>>? Recover { get; init; }

    public Func<OwnerRemarks>? Remarks { get; init; }

    /// <summary>Called at the beginning of every callback, with its name.</summary>
    public Action<string>? Called { get; init; }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => Done("AllSnapshotsSupplied");

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Done("ReceiveSnapshotData");

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => Done("GetExpectedDataSize", (long)Data.Length);

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Done("InitialiseGetBackupData");

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Called?.Invoke("GetBackupDataSection");
        return new(BackupSection is { } section ? section(buffer) : All(buffer));
    }

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Called?.Invoke("GetSnapshotData");
        return new(SnapshotSection is { } section ? section(buffer) : All(buffer));
    }

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Done("InitialiseRestoreBaseData");

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Done("RestoreBaseDataSection");

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => Done("InitialiseRestoreIncrementData");

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        Done("RestoreIncrementDataSection");

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => Done("RestoreComplete");

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => Done("TerminateMultiStageOperation");

    public object? GetExtendedInterface(int uid) => ExtendedInterface is { } find ? find(uid) : this;

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => Done("GetDataChecksum", 7u);

    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => Done("PlanRestore");

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        Done("PrepareRestore", Prepare?.Invoke() ?? new byte[] { 7 });

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
        Done("ResumeRestore", true);

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => Done("Recover", Recover is { } recover ? recover() : []);

    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) =>
        Done("TakeRemarks", Remarks is { } remarks ? remarks() : OwnerRemarks.Nothing);

    private SectionResult All(Memory<byte> buffer)
    {
        Data.CopyTo(buffer);
        return new SectionResult(Data.Length, true);
    }

    private ValueTask Done(string name)
    {
        Called?.Invoke(name);
        return default;
    }

    private ValueTask<T> Done<T>(string name, T result)
    {
        Called?.Invoke(name);
        return new(result);
    }
}
