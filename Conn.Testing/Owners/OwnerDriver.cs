using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Owners;

/// <summary>Runs backups and restores with one owner in place of an engine. Every call is legal, and sections have the sizes that the test chose.</summary>
internal sealed class OwnerDriver(TestedOwner subject, CancellationToken cancellationToken)
{
    private const int SeedOfChange = 40;

    private OwnerCalls? _calls;
    private bool _hasChanged;
    private string? _restore;

    /// <summary>Gets the size of the buffers that a backup offers, in bytes.</summary>
    public int BackupBytes { get; init; } = 4096;

    /// <summary>Gets the size of the sections that a restore gives, in bytes.</summary>
    public int RestoreBytes { get; init; } = 1000;

    /// <summary>Gets whether every stream of a restore ends with an empty last section.</summary>
    public bool EmptyLast { get; init; }

    /// <summary>Gets whether an operation begins with recovery. An engine leaves it out while a committed restore of the owner waits to be resumed.</summary>
    public bool Recovers { get; init; } = true;

    /// <summary>Gets the step at which the operation stops; the owner is left in the middle of it.</summary>
    public OwnerStep StopAt { get; init; }

    /// <summary>Gets the step of a backup after which the data is changed, once; None for no change.</summary>
    public OwnerStep ChangeAt { get; init; }

    /// <summary>Gets whether that change keeps the length of everything.</summary>
    public bool ChangesInPlace { get; init; }

    /// <summary>Gets what is called after every step of an operation; null for nothing.</summary>
    public Action<OwnerStep>? After { get; init; }

    /// <summary>Gets whether the operation reached <see cref="StopAt"/>.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Begins an operation: every drive is fresh, and the owner is ready.</summary>
    public async ValueTask<OwnerCalls> BeginAsync(bool restore)
    {
        Stopped = false;
        return _calls = await OwnerCalls.BeginAsync(subject, restore, cancellationToken);
    }

    /// <summary>Makes one call that must not fail, in the current operation; begins a backup if there is none.</summary>
    public async ValueTask<OwnerCallResult> CallAsync(OwnerCall call) => await (await CurrentAsync()).CallAsync(call, cancellationToken);

    /// <summary>Gets whether a call is outside the legal order of the current operation; if it is not, it is made.</summary>
    public async ValueTask<bool> IsRefusedAsync(OwnerCall call)
    {
        OwnerCallResult result = await (await CurrentAsync()).TryCallAsync(call, cancellationToken);
        return result.Failure is { Refusal: not null };
    }

    /// <summary>Removes what interrupted restores left; returns one note for each thing removed.</summary>
    public async ValueTask<IReadOnlyList<string>> RecoverAsync()
    {
        IReadOnlyList<string> notes = (await CallAsync(OwnerCall.Recover())).Remarks!.Notes;
        subject.Story.Did("recovery");
        return notes;
    }

    /// <summary>Resumes a restore on a drive; returns whether anything was left to put in place.</summary>
    public async ValueTask<bool> ResumeAsync(DriveNumber drive, byte[] token) => (await CallAsync(OwnerCall.ResumeRestore(drive, token))).Number != 0;

    /// <summary>Terminates the owner's part of the operation.</summary>
    public async ValueTask TerminateAsync()
    {
        await (await CurrentAsync()).CallAsync(OwnerCall.Terminate(), CancellationToken.None);
        subject.Story.Did("Terminate");
    }

    /// <summary>Takes a backup: an increment if a parent is given and the owner can use its snapshots, else a base. Null when it stopped.</summary>
    public async Task<StoredStreams?> BackupAsync(StoredStreams? parent)
    {
        subject.Story.Doing = parent is null ? "a base" : "an increment";
        _hasChanged = false;
        await BeginWithRecoveryAsync(restore: false);
        bool increment = parent is { Snapshots.Count: > 0 } && subject.Drives.All(parent.Snapshots.ContainsKey) && await SupplyAsync(parent);
        if (!increment && !Stopped)
        {
            subject.Story.Doing = "a base";
            await CallAsync(OwnerCall.AllSnapshotsSupplied());
        }

        StoredStreams? taken = Stopped || Stop(OwnerStep.AllSupplied) ? null : await TakeAsync(increment ? parent : null);
        string what = increment ? "an increment" : "a base";
        subject.Story.Did(taken is null ? $"{what} that stopped {StopAt.Words()}"
            : $"{what} ({taken.Data.Values.Sum(d => d.Length)} bytes{(_hasChanged ? $", during which the data changed {ChangeAt.Words()}" : "")})");
        return taken;
    }

    private async Task<StoredStreams?> TakeAsync(StoredStreams? parent)
    {
        string image = subject.Image();
        Dictionary<DriveNumber, byte[]> data = [];
        Dictionary<DriveNumber, byte[]> snapshots = [];
        foreach (DriveNumber drive in subject.Drives)
        {
            DriveTransfer transfer = new(this, drive);
            if (await transfer.TakeDataAsync(Math.Max(BackupBytes, subject.MinSectionBytes)) is not { } taken)
            {
                return null;
            }

            data[drive] = taken;
            if (await transfer.TakeSnapshotAsync(Math.Max(BackupBytes, subject.MinSectionBytes)) is { } snapshot)
            {
                snapshots[drive] = snapshot;
            }

            if (Stopped)
            {
                return null;
            }
        }

        return new StoredStreams(data, snapshots, image, parent);
    }

    /// <summary>Gives a base and its increments, prepares the owner if it can be prepared, and completes. False when it stopped.</summary>
    public async Task<bool> RestoreAsync(IReadOnlyList<StoredStreams> chain)
    {
        if (!await StageAsync(chain) || await PrepareAsync() is null)
        {
            return false;
        }

        await CompleteAsync();
        return true;
    }

    /// <summary>Gives a base and its increments. False when it stopped.</summary>
    /// <param name="chain">The base, and the increments in their order.</param>
    /// <param name="what">The restore in words; null if there is nothing special about it.</param>
    public async Task<bool> StageAsync(IReadOnlyList<StoredStreams> chain, string? what = null)
    {
        _restore = what;
        string increments = chain.Count switch { 1 => "", 2 => " and the increment", _ => $" and the {chain.Count - 1} increments" };
        subject.Story.Doing = what ?? $"a restore of the base{increments} that it handed over";
        await BeginWithRecoveryAsync(restore: true);
        foreach (DriveNumber drive in subject.Drives)
        {
            DriveTransfer transfer = new(this, drive);
            if (chain[^1].Snapshots.TryGetValue(drive, out byte[]? snapshot))
            {
                await transfer.OfferSnapshotAsync(snapshot);
            }

            for (int i = 0; i < chain.Count && !Stopped; i++)
            {
                await transfer.GiveDataAsync(chain[i].Data[drive], isBase: i == 0);
            }

            if (Stopped)
            {
                break;
            }
        }

        return HasGoneOn(!Stopped && !Stop(OwnerStep.AllGiven));
    }

    /// <summary>Prepares every drive of an owner that can be prepared. Null when it stopped, else the tokens.</summary>
    public async Task<IReadOnlyDictionary<DriveNumber, byte[]>?> PrepareAsync()
    {
        Dictionary<DriveNumber, byte[]> tokens = [];
        foreach (DriveNumber drive in (await CurrentAsync()).Prepares ? subject.Drives : DriveList.Empty)
        {
            tokens[drive] = (await CallAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, drive))).Token.ToArray();
        }

        return HasGoneOn(!Stop(OwnerStep.Prepared)) ? tokens : null;
    }

    /// <summary>Puts every drive in place.</summary>
    public async Task CompleteAsync()
    {
        foreach (DriveNumber drive in subject.Drives)
        {
            await PutInPlaceAsync(drive);
        }

        subject.Story.Did(_restore ?? "a restore");
    }

    /// <summary>Puts one drive in place.</summary>
    public async Task CompleteAsync(DriveNumber drive)
    {
        await PutInPlaceAsync(drive);
        subject.Story.Did($"RestoreComplete of drive {drive}");
    }

    private async Task PutInPlaceAsync(DriveNumber drive) =>
        await (await CurrentAsync()).CallAsync(OwnerCall.On(OwnerCallKind.RestoreComplete, drive), CancellationToken.None);

    private bool HasGoneOn(bool goesOn)
    {
        if (!goesOn)
        {
            subject.Story.Did($"a restore that stopped {StopAt.Words()}");
        }

        return goesOn;
    }

    /// <summary>Makes the failure of a test.</summary>
    internal Exception Failure(string wrong) => subject.Failure(wrong);

    private async ValueTask<OwnerCalls> CurrentAsync() => _calls ?? await BeginAsync(restore: false);

    private async Task BeginWithRecoveryAsync(bool restore)
    {
        await BeginAsync(restore);
        if (Recovers)
        {
            await CallAsync(OwnerCall.Recover());
        }
    }

    /// <summary>Supplies the snapshots of a parent. If the owner cannot use them, it is terminated and begins again without any, as with an engine.</summary>
    private async Task<bool> SupplyAsync(StoredStreams parent)
    {
        try
        {
            foreach (DriveNumber drive in subject.Drives)
            {
                await new DriveTransfer(this, drive).GiveSnapshotAsync(parent.Snapshots[drive]);
                if (Stopped)
                {
                    return false;
                }
            }

            await CallAsync(OwnerCall.AllSnapshotsSupplied());
            return true;
        }
        catch (ConnException e) when (OwnerCallRules.Of(OwnerCallKind.AllSnapshotsSupplied).RefusalCodes.Contains(e.Code))
        {
            subject.Story.Did("a snapshot that the owner refused");
            await TerminateAsync();
            await BeginAsync(restore: false);
            return false;
        }
    }

    /// <summary>Records a step; returns whether the operation stops there.</summary>
    internal bool Stop(OwnerStep step)
    {
        if (step == ChangeAt && !_hasChanged)
        {
            _hasChanged = true;
            subject.ChangeInside(SeedOfChange, ChangesInPlace);
        }

        After?.Invoke(step);
        return Stopped |= step == StopAt;
    }
}
