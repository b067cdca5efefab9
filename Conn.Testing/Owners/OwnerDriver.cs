using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;

namespace Conn.Testing.Owners;

/// <summary>Plays the engine for one owner: every call it makes is legal by the table, with sections cut as the test says.</summary>
/// <remarks>Buffers are handed out full of rubbish and spoiled after each call, so that an owner that keeps one is found.</remarks>
internal sealed class OwnerDriver(DataOwnerSubject subject, CancellationToken cancellationToken)
{
    private const int MaxEmptySections = 8;
    private const byte Rubbish = 0xE5;

    private GuardedDataClient? _calls;

    /// <summary>The sections a backup offers, in bytes.</summary>
    public int BackupBytes { get; init; } = 4096;

    /// <summary>The sections a restore gives, in bytes.</summary>
    public int RestoreBytes { get; init; } = 1000;

    /// <summary>True when every stream of a restore ends with an empty last section.</summary>
    public bool EmptyLast { get; init; }

    /// <summary>Where the operation is broken off; the owner is left as it is then.</summary>
    public OwnerStep StopAt { get; init; }

    /// <summary>Called after every step of an operation; null for nothing.</summary>
    public Action<OwnerStep>? After { get; init; }

    /// <summary>True when an operation came as far as <see cref="StopAt"/>.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The guarded callbacks of the present operation.</summary>
    public GuardedDataClient Calls => _calls ?? Begin(restore: false);

    /// <summary>The owner's optional part of a restore, or null.</summary>
    public IRestorePrepare? Prepare => Calls.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) as IRestorePrepare;

    /// <summary>Starts an operation: every drive is fresh, and the owner is ready.</summary>
    public GuardedDataClient Begin(bool restore)
    {
        _calls = new GuardedDataClient(subject.Client);
        _calls.Begin(new CallbackMachine("under test", restore, () => DataOwnerStatus.Ready), subject.Drives);
        Stopped = false;
        return _calls;
    }

    /// <summary>Lets the owner go.</summary>
    public ValueTask TerminateAsync() => Calls.TerminateMultiStageOperationAsync(CancellationToken.None);

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

    private async Task RecoverAsync()
    {
        if (Prepare is { } prepare)
        {
            await prepare.RecoverAsync(cancellationToken);
        }
    }

    private bool Stop(OwnerStep step)
    {
        After?.Invoke(step);
        return Stopped |= step == StopAt;
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
