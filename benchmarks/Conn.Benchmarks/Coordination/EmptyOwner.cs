using Conn.ActiveBackup;

namespace Conn.Benchmarks.Coordination;

/// <summary>An owner that has no data: what is left is the coordination.</summary>
internal sealed class EmptyOwner : IActiveBackupDataClient
{
    public static EmptyOwner Instance { get; } = new();

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => default;

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        new(new SectionResult(0, true));

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => new(new SectionResult(0, true));

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => default;

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => default;
}
