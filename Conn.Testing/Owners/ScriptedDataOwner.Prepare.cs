using System.IO.Hashing;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.PubSub.Security;

namespace Conn.Testing.Owners;

/// <content>The fallible part of a restore, resumed and recovered by a later process of the same disk.</content>
public sealed partial class ScriptedDataOwner
{
    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.PrepareRestore, $" {drive}", cancellationToken);
        if (_staged.TryGetValue(drive, out byte[]? staged) && _restoredHashes.GetValueOrDefault(drive) is { } hash
            && !hash.AsSpan().SequenceEqual(XxHash128.Hash(staged)))
        {
            throw new ConnException(ErrorCode.Corrupt, $"The restored data of drive {drive} is not that of the backup: its hash is not that of the snapshot.");
        }

        long token = _disk.NextToken++;
        _disk.Prepared[token] = (drive, _staged.GetValueOrDefault(drive), StagedKeptOn(drive));
        _prepared[drive] = token;
        return BitConverter.GetBytes(token);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.ResumeRestore, $" {drive}", cancellationToken);
        long number = token.Length == sizeof(long) ? BitConverter.ToInt64(token.Span) : throw new ConnException(ErrorCode.Corrupt, "That is not a token of this owner.");
        if (_disk.InPlace.Contains(number))
        {
            return false;
        }

        if (!_disk.Prepared.TryGetValue(number, out (DriveNumber Drive, byte[]? Data, IReadOnlyList<(SecureId Owner, byte[] Data)> Kept) prepared) || prepared.Drive != drive)
        {
            throw new ConnException(ErrorCode.NotFound, $"What was prepared for drive {drive} is gone; restore again.");
        }

        if (prepared.Data is { } own)
        {
            _staged[drive] = own;
        }

        foreach ((SecureId owner, byte[] data) in prepared.Kept)
        {
            _stagedKept[(owner, drive)] = data;
        }

        _prepared[drive] = number;
        Holds = true;
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken)
    {
        await StepAsync(OwnerCallKind.Recover, "", cancellationToken);
        Forget();
        string[] removed = [.. _disk.Prepared.Values.Select(p => $"What a restore of drive {p.Drive} had prepared was removed: it was never committed.")];
        _disk.Prepared.Clear();
        return removed;
    }
}
