using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Owners;

/// <summary>Gives back what backups took, in sections of its own, and puts it in place.</summary>
internal sealed partial class OwnerDriver
{
    /// <summary>Gives a base and its increments; then prepares, when the owner does; then completes. False when it was broken off.</summary>
    public async Task<bool> RestoreAsync(IReadOnlyList<StoredStreams> chain)
    {
        if (!await StageAsync(chain) || await PrepareAsync() is null)
        {
            return false;
        }

        await CompleteAsync();
        return true;
    }

    /// <summary>Gives a base and its increments. False when it was broken off.</summary>
    public async Task<bool> StageAsync(IReadOnlyList<StoredStreams> chain)
    {
        GuardedDataClient calls = Begin(restore: true);
        await RecoverAsync();
        foreach (DriveNumber drive in subject.Drives)
        {
            if (chain[^1].Snapshots.TryGetValue(drive, out byte[]? snapshot) && !await TryGiveSnapshotAsync(calls, drive, snapshot) && Stopped)
            {
                return false;
            }

            for (int i = 0; i < chain.Count; i++)
            {
                if (!await GiveAsync(calls, drive, chain[i].Data[drive], i == 0))
                {
                    return false;
                }
            }
        }

        return !Stop(OwnerStep.AllGiven);
    }

    /// <summary>Prepares every drive, when the owner does. Null when it was broken off, else the tokens.</summary>
    public async Task<IReadOnlyDictionary<DriveNumber, byte[]>?> PrepareAsync()
    {
        Dictionary<DriveNumber, byte[]> tokens = [];
        if (Prepare is { } prepare)
        {
            foreach (DriveNumber drive in subject.Drives)
            {
                tokens[drive] = (await prepare.PrepareRestoreAsync(drive, cancellationToken)).ToArray();
            }
        }

        return Stop(OwnerStep.Prepared) ? null : tokens;
    }

    /// <summary>Puts every drive in place.</summary>
    public async Task CompleteAsync()
    {
        foreach (DriveNumber drive in subject.Drives)
        {
            await Calls.RestoreCompleteAsync(drive, CancellationToken.None);
        }
    }

    private async Task<bool> TryGiveSnapshotAsync(GuardedDataClient calls, DriveNumber drive, byte[] snapshot)
    {
        try
        {
            return await GiveSnapshotAsync(calls, drive, snapshot);
        }
        catch (ConnException e) when (e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt)
        {
            return false;
        }
    }

    private Task<bool> GiveSnapshotAsync(GuardedDataClient calls, DriveNumber drive, byte[] snapshot) => CutAsync(
        snapshot, OwnerStep.SnapshotOpened, OwnerStep.SnapshotGiven, (section, last) => calls.ReceiveSnapshotDataAsync(drive, section, last, cancellationToken));

    private async Task<bool> GiveAsync(GuardedDataClient calls, DriveNumber drive, byte[] data, bool isBase)
    {
        await (isBase ? calls.InitialiseRestoreBaseDataAsync(drive, cancellationToken) : calls.InitialiseRestoreIncrementDataAsync(drive, cancellationToken));
        if (Stop(isBase ? OwnerStep.BaseOpened : OwnerStep.IncrementOpened))
        {
            return false;
        }

        return isBase
            ? await CutAsync(data, OwnerStep.BaseSectionGiven, OwnerStep.BaseGiven, (s, l) => calls.RestoreBaseDataSectionAsync(s, l, cancellationToken))
            : await CutAsync(data, OwnerStep.IncrementSectionGiven, OwnerStep.IncrementGiven, (s, l) => calls.RestoreIncrementDataSectionAsync(s, l, cancellationToken));
    }

    private async Task<bool> CutAsync(byte[] bytes, OwnerStep first, OwnerStep all, Func<ReadOnlyMemory<byte>, bool, ValueTask> give)
    {
        int at = 0;
        bool last;
        do
        {
            byte[] section = bytes[at..Math.Min(bytes.Length, at + RestoreBytes)];
            at += section.Length;
            last = at == bytes.Length && (!EmptyLast || section.Length == 0);
            await give(section, last);
            section.AsSpan().Fill(Rubbish);
            if (!last && Stop(first))
            {
                return false;
            }
        }
        while (!last);

        return !Stop(all);
    }
}
