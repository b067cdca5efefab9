using Conn.ActiveBackup.Contract;
using Conn.PubSub.Security;

namespace Conn.Engine.Tests;

/// <summary>Passes every callback on, so that a test overrides only the one it is about.</summary>
internal abstract class ForwardingClient(IActiveBackupDataClient inner) : IActiveBackupDataClient
{
    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) => inner.AllSnapshotsSuppliedAsync(cancellationToken);

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        inner.ReceiveSnapshotDataAsync(drive, section, last, cancellationToken);

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) => inner.GetExpectedDataSizeAsync(drive, cancellationToken);

    public virtual ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        inner.GetSnapshotDataAsync(drive, buffer, cancellationToken);

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) => inner.InitialiseGetBackupDataAsync(drive, cancellationToken);

    public virtual ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) => inner.GetBackupDataSectionAsync(buffer, cancellationToken);

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) => inner.InitialiseRestoreBaseDataAsync(drive, cancellationToken);

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        inner.RestoreBaseDataSectionAsync(section, last, cancellationToken);

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) => inner.InitialiseRestoreIncrementDataAsync(drive, cancellationToken);

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        inner.RestoreIncrementDataSectionAsync(section, last, cancellationToken);

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) => inner.RestoreCompleteAsync(drive, cancellationToken);

    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        inner.InitialiseGetProxyBackupDataAsync(owner, drive, cancellationToken);

    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        inner.InitialiseRestoreProxyBaseDataAsync(owner, drive, cancellationToken);

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken) => inner.TerminateMultiStageOperationAsync(cancellationToken);

    public virtual object? GetExtendedInterface(int uid) => inner.GetExtendedInterface(uid);

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) => inner.GetDataChecksumAsync(drive, cancellationToken);
}
