using Conn.PubSub.Security;

namespace Conn.ActiveBackup;

/// <summary>The callbacks of a data owner: what the engine asks of it in a backup and gives it in a restore.</summary>
/// <remarks>
/// <para>One call at a time, in the legal order (docs/protocol.md), on the scheduler the client was given. A call outside
/// that order never arrives. An owner needs no locks of its own against the engine. A callback may block its thread; the engine's watchdog still ends
/// the wait for it.</para>
/// <para>To fail, throw: a <see cref="ConnException"/> keeps its own code, an <see cref="OperationCanceledException"/> is
/// <see cref="ErrorCode.Cancel"/>, anything else is <see cref="ErrorCode.General"/>. A failure ends this owner's part, and those that a proxy manager
/// joins with it; a Required owner's failure stops a restore that is not committed yet.</para>
/// <para>Buffers belong to the caller and are valid only until the returned task completes. Section boundaries at restore need not be
/// those of the backup: any split of the same bytes must be accepted.</para>
/// <para>Source: MActiveBackupDataClient.</para>
/// </remarks>
public interface IActiveBackupDataClient
{
    /// <summary>Informs the owner that all existing snapshots have been supplied. A drive without a snapshot gets a base.</summary>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when the owner has recorded it.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/> or <see cref="ErrorCode.Corrupt"/>: the owner cannot use the snapshots; a base
    /// follows.</exception>
    /// <remarks>Backups only, once, before any size or data is asked for. Source: MActiveBackupDataClient::AllSnapshotsSuppliedL.</remarks>
    ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken);

    /// <summary>Hands the owner one piece of the snapshot it supplied with an earlier backup.</summary>
    /// <param name="drive">Drive the snapshot belongs to.</param>
    /// <param name="section">0 bytes (only when last) to the section size; valid until the returned task completes.</param>
    /// <param name="last">True exactly once, with the final piece of this drive's snapshot.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when the bytes are no longer needed.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/> or <see cref="ErrorCode.Corrupt"/>: the owner cannot use it; in a backup a base
    /// follows.</exception>
    /// <remarks>In a backup before any data, usually before the owner has confirmed its readiness; in a restore before the base. Source:
    /// MActiveBackupDataClient::ReceiveSnapshotDataL.</remarks>
    ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken);

    /// <summary>Estimates the data this backup will hand over for a drive; used for progress only.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Bytes; a negative number when unknown. May be wrong by any factor.</returns>
    /// <remarks>After the snapshots. Source: MActiveBackupDataClient::GetExpectedDataSize.</remarks>
    ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <summary>Asks for a piece of the snapshot to keep beside this backup's data.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="buffer">Where the bytes go; <see cref="DataOwnerRegistration.MinSectionBytes"/> bytes or more. Its content on entry is undefined.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>How many bytes were put there and whether the snapshot ends with them.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>: the owner keeps no increments.</exception>
    /// <remarks>After the drive's data has finished, until finished. Where a piece ends is kept: pieces that did not change since the parent
    /// are stored once. Source: MActiveBackupDataClient::GetSnapshotDataL.</remarks>
    ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Opens the drive's backup stream: base, or increment when a usable snapshot was received.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when sections can be asked for.</returns>
    /// <remarks>Exactly once per drive and operation, after readiness. Source: MActiveBackupDataClient::InitialiseGetBackupDataL.</remarks>
    ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <summary>Asks for the next section of the open backup stream.</summary>
    /// <param name="buffer">Where the bytes go; <see cref="DataOwnerRegistration.MinSectionBytes"/> to 1 MiB. Its content on entry is undefined.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>How many bytes were put there and whether the stream ends with them.</returns>
    /// <remarks>Until finished. Source: MActiveBackupDataClient::GetBackupDataSectionL.</remarks>
    ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Opens the restore of a drive's base.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when sections can be given.</returns>
    /// <remarks>Nothing the owner already has may change before <see cref="RestoreCompleteAsync"/>: stage. Source:
    /// MActiveBackupDataClient::InitialiseRestoreBaseDataL.</remarks>
    ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <summary>Gives the next section of the open base.</summary>
    /// <param name="section">0 bytes (only when last) or more; valid until the returned task completes.</param>
    /// <param name="last">True exactly once, with the final section; an empty base is one empty last section.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when the bytes are no longer needed.</returns>
    /// <remarks>Source: MActiveBackupDataClient::RestoreBaseDataSectionL.</remarks>
    ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken);

    /// <summary>Opens the restore of the next increment of a drive, oldest first.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when sections can be given.</returns>
    /// <remarks>After the base, once before each increment. Source: MActiveBackupDataClient::InitialiseRestoreIncrementDataL.</remarks>
    ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <summary>Gives the next section of the open increment.</summary>
    /// <param name="section">0 bytes (only when last) or more; valid until the returned task completes.</param>
    /// <param name="last">True exactly once, with the final section of this increment.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when the bytes are no longer needed.</returns>
    /// <remarks>Source: MActiveBackupDataClient::RestoreIncrementDataSectionL.</remarks>
    ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken);

    /// <summary>Makes the restored data of a drive the owner's own. All Required owners have all their data, and the commit record is durable.</summary>
    /// <param name="drive">A drive that took part.</param>
    /// <param name="cancellationToken">Not cancelled by an abort: after the commit an operation is carried through.</param>
    /// <returns>Completes when the data is in place.</returns>
    /// <remarks>Must be idempotent: it is repeated after a crash. The fallible part belongs in <see cref="IRestorePrepare"/>. Source:
    /// MActiveBackupDataClient::RestoreComplete.</remarks>
    ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <summary>Opens a backup stream of data kept for another owner; for proxy data managers only.</summary>
    /// <param name="owner">The owner whose data is wanted.</param>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when sections can be asked for.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>, the default: not a proxy data manager.</exception>
    /// <remarks>Base data only. Source: MActiveBackupDataClient::InitialiseGetProxyBackupDataL.</remarks>
    ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        throw ContractErrors.NotAProxy(owner, drive);

    /// <summary>Opens the restore of a base kept for another owner; for proxy data managers only.</summary>
    /// <param name="owner">The owner whose data is restored.</param>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>Completes when sections can be given.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>, the default: not a proxy data manager.</exception>
    /// <remarks>Source: MActiveBackupDataClient::InitialiseRestoreProxyBaseDataL.</remarks>
    ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        throw ContractErrors.NotAProxy(owner, drive);

    /// <summary>
    /// Ends whatever is open: the owner releases what it holds, and drops what it staged, but keeps what <see cref="IRestorePrepare.PrepareRestoreAsync"/> has
    /// prepared. Idempotent, legal at any time.
    /// </summary>
    /// <param name="cancellationToken">Not cancelled.</param>
    /// <returns>Completes when the owner holds nothing any more and its data is as it was before the operation.</returns>
    /// <remarks>Source: MActiveBackupDataClient::TerminateMultiStageOperation.</remarks>
    ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken);

    /// <summary>Finds an optional interface of the owner, such as <see cref="IRestorePrepare"/>.</summary>
    /// <param name="uid">One of <see cref="ExtendedInterfaces"/>, or a number agreed between owner and host.</param>
    /// <returns>The interface or null; by default the owner itself for each interface of <see cref="ExtendedInterfaces"/> that it implements.</returns>
    /// <remarks>Source: MActiveBackupDataClient::GetExtendedInterface.</remarks>
    object? GetExtendedInterface(int uid) => ExtendedInterfaces.Find(this, uid);

    /// <summary>A 32-bit checksum over the owner's private data on a drive, for comparison by <c>verify</c> and tests.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="cancellationToken">Cancelled when the caller gives up.</param>
    /// <returns>Equal for equal data; an owner may always return the same value.</returns>
    /// <remarks>Only while no stream is open. Source: MActiveBackupDataClient::GetDataChecksum.</remarks>
    ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken);
}
