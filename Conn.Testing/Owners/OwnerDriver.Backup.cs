using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Owners;

/// <summary>Takes backups: old snapshots in, data and new snapshots out.</summary>
internal sealed partial class OwnerDriver
{
    private const int MaxEmptySections = 8;

    /// <summary>Takes a backup, an increment when a parent is given and the owner can use its snapshots. Null when it was broken off.</summary>
    public async Task<StoredStreams?> BackupAsync(StoredStreams? parent)
    {
        GuardedDataClient calls = Begin(restore: false);
        await RecoverAsync();
        bool increment = false;
        if (parent is { Snapshots.Count: > 0 } && subject.Drives.All(parent.Snapshots.ContainsKey))
        {
            increment = await SupplyAsync(parent);
            calls = _calls!;
        }
        else
        {
            await calls.AllSnapshotsSuppliedAsync(cancellationToken);
        }

        if (Stopped || Stop(OwnerStep.AllSupplied))
        {
            return null;
        }

        string image = subject.Image();
        Dictionary<DriveNumber, byte[]> data = [];
        Dictionary<DriveNumber, byte[]> snapshots = [];
        foreach (DriveNumber drive in subject.Drives)
        {
            if (!await TakeDriveAsync(calls, drive, data, snapshots))
            {
                return null;
            }
        }

        return new StoredStreams(data, snapshots, image, increment);
    }

    /// <summary>As the engine: snapshots of no use are dropped, and the owner starts again without.</summary>
    private async Task<bool> SupplyAsync(StoredStreams parent)
    {
        try
        {
            foreach (DriveNumber drive in subject.Drives)
            {
                if (!await GiveSnapshotAsync(_calls!, drive, parent.Snapshots[drive]))
                {
                    return false;
                }
            }

            await _calls!.AllSnapshotsSuppliedAsync(cancellationToken);
            return true;
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt)
        {
            await TerminateAsync();
            await Begin(restore: false).AllSnapshotsSuppliedAsync(cancellationToken);
            return false;
        }
    }

    private async Task<bool> TakeDriveAsync(GuardedDataClient calls, DriveNumber drive, Dictionary<DriveNumber, byte[]> data, Dictionary<DriveNumber, byte[]> snapshots)
    {
        long expected = await calls.GetExpectedDataSizeAsync(drive, cancellationToken);
        if (expected < -1)
        {
            throw new InvalidOperationException($"The expected size of drive {drive} is {expected}; -1 is unknown, and nothing else is below 0.");
        }

        if (Stop(OwnerStep.SizeAsked))
        {
            return false;
        }

        await calls.InitialiseGetBackupDataAsync(drive, cancellationToken);
        if (Stop(OwnerStep.DataOpened))
        {
            return false;
        }

        byte[]? taken = await TakeAsync(b => calls.GetBackupDataSectionAsync(b, cancellationToken), [OwnerStep.SectionTaken, OwnerStep.TwoSectionsTaken]);
        if (taken is null || Stop(OwnerStep.DataTaken))
        {
            return false;
        }

        data[drive] = taken;
        try
        {
            byte[]? snapshot = await TakeAsync(b => calls.GetSnapshotDataAsync(drive, b, cancellationToken), [OwnerStep.SnapshotPieceTaken]);
            if (snapshot is null)
            {
                return false;
            }

            snapshots[drive] = snapshot;
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotSupported)
        {
            return true;
        }

        return !Stop(OwnerStep.SnapshotTaken);
    }

    private async Task<byte[]?> TakeAsync(Func<Memory<byte>, ValueTask<SectionResult>> take, OwnerStep[] steps)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[Math.Max(BackupBytes, subject.MinSectionBytes)];
        int empty = 0;
        for (int sections = 0; ; sections++)
        {
            buffer.AsSpan().Fill(Rubbish);
            SectionResult result = await take(buffer);
            all.Write(buffer, 0, result.Bytes);
            if (result.Finished)
            {
                return all.ToArray();
            }

            empty = result.Bytes == 0 ? empty + 1 : 0;
            if (empty > MaxEmptySections)
            {
                throw new InvalidOperationException($"{empty} empty sections in a row and no end: the engine takes this owner for hung.");
            }

            if (sections < steps.Length && Stop(steps[sections]))
            {
                return null;
            }
        }
    }
}
