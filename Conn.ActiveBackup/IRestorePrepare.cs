
namespace Conn.ActiveBackup;

/// <summary>An owner that does the fallible part of a restore before the commit, so that the rest cannot fail.</summary>
/// <remarks>
/// Number <see cref="ExtendedInterfaces.RestorePrepare"/>. After <see cref="PrepareRestoreAsync"/> of every owner the engine makes the commit record durable;
/// then it calls <see cref="IActiveBackupDataClient.RestoreCompleteAsync"/>. After a crash the next run calls <see cref="ResumeRestoreAsync"/> with the token
/// when there is a commit record. Only <see cref="RecoverAsync"/> drops what was prepared. Terminate, also one after a lease has expired, releases it and keeps
/// it: the owner cannot know whether the restore is committed.
/// </remarks>
public interface IRestorePrepare
{
    /// <summary>Checks what was staged on a drive and makes it durable, so that putting it in place needs no more than a swap. From then on Terminate keeps
    /// it.</summary>
    /// <param name="drive">A drive whose streams have all finished.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>A token of at most 4096 bytes with which another process finds the staged data.</returns>
    /// <exception cref="ConnException">Why it cannot be put in place; nothing changes anywhere.</exception>
    ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken);

    /// <summary>Takes up what this process or an earlier one had prepared and what is, or may be, committed, so that RestoreComplete can follow.
    /// Idempotent.</summary>
    /// <param name="drive">The drive.</param>
    /// <param name="token">What <see cref="PrepareRestoreAsync"/> returned there; untrusted bytes.</param>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>True when something was left to put in place; false when it was in place already.</returns>
    /// <remarks>The engine calls RestoreComplete in both cases. After false it must change nothing: the program has gone on with the restored data since, and
    /// what was prepared is older.</remarks>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotFound"/> or <see cref="ErrorCode.Corrupt"/>: the staged data is gone or damaged, and this owner
    /// cannot be rolled forward. Any other code: not now; the next run tries again.</exception>
    ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken);

    /// <summary>Removes what restores had staged or prepared and never committed. Whatever was committed has been resumed before.</summary>
    /// <param name="cancellationToken">Cancelled when the operation is aborted.</param>
    /// <returns>One sentence for each thing removed; empty, the default, when there was nothing.</returns>
    /// <remarks>Called once per operation, before any other call of it but plans, and after the Terminate of a restore that was not committed. What another
    /// live process holds must be left alone.</remarks>
    ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) => new([]);
}
