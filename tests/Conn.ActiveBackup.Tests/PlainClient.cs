namespace Conn.ActiveBackup.Tests;

/// <summary>An owner that implements nothing for which the contract has a default.</summary>
internal sealed class PlainClient : IActiveBackupDataClient
{
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => default;

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => new(-1);

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) => default;

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => default;

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) => default;

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => default;

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => default;

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => new(1u);
}
