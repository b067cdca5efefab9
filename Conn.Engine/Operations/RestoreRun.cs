using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Runs one owner's part of a restore: ready, fed completely, prepared; after the commit, completed.</summary>
internal sealed class RestoreRun : OwnerRun
{
    private readonly Operation _operation;
    private readonly BackupRepository _repository;
    private readonly IReadOnlyList<OwnerPart> _chain;
    private readonly Dictionary<DriveNumber, uint> _checksums = [];
    private DriveList _given = DriveList.Empty;
    private DriveList _givenOwn = DriveList.Empty;
    private long _bytes;
    private bool _mayHavePrepared;

    public RestoreRun(Operation operation, BackupRepository repository, RegisteredOwner owner, SetId set, IReadOnlyList<OwnerPart> chain, CancellationToken stop)
        : base(operation, owner, stop)
    {
        _operation = operation;
        _repository = repository;
        _chain = chain;
        Set = set;
    }

    /// <summary>The set it is restored from.</summary>
    public SetId Set { get; }

    /// <summary>Its newest part; null for a manager that has none of its own here.</summary>
    public OwnerPart? Part => _chain.Count > 0 ? _chain[^1] : null;

    /// <summary>The parts that it is given data of, base first.</summary>
    public IEnumerable<OwnerPart> Parts => _chain.Where(p => p.Drives.Count > 0);

    /// <summary>The drives on which the set has data of it; an owner of another version may be registered with others.</summary>
    public DriveList StoredDrives => DriveList.Of([.. Part?.Drives.Select(d => DriveNumber.FromIndex(d.Drive)) ?? []]);

    public override DriveList Drives => base.Drives.Union(StoredDrives);

    /// <summary>How much the owner is given: what the chain holds of all drives.</summary>
    public long ExpectedBytes => _chain.Sum(p => p.Bytes);

    /// <summary>
    /// About how much will be staged of a drive at once: the largest state of the chain, because a base is staged as a whole and each increment then replaces
    /// parts of it. -1 when a set does not say it.
    /// </summary>
    public long StagedBytes(DriveNumber drive)
    {
        if (StoredDrives.Count != 1)
        {
            // A part says the size of all its drives together, and they may be on different file systems.
            return _chain.Count == 1 ? Part?.Drive((byte)drive.Index)?.Data?.Bytes ?? -1 : -1;
        }

        return _chain.Any(p => PartSize.Of(p) < 0) ? -1 : _chain.Max(PartSize.Of);
    }

    /// <summary>Whether other owners of this restore have data with it.</summary>
    public bool Serves { get; init; }

    /// <summary>Whether it continues a restore that an earlier run committed.</summary>
    public bool Resumes { get; init; }

    /// <summary>The runs of its managers, in order.</summary>
    public IReadOnlyList<RestoreRun> Managers { get; set; } = [];

    /// <summary>The owners whose data it has been given, at least in part.</summary>
    public HashSet<RestoreRun> KeepsFor { get; } = [];

    /// <summary>Says whether a restore may be committed; while it may not, what was prepared is dropped when the owner is terminated.</summary>
    public required Func<bool> MayBeCommitted { get; init; }

    /// <summary>What was prepared, for the commit record; empty when it has nothing to put in place.</summary>
    public IReadOnlyList<RestoreDrive> Prepared { get; private set; } = [];

    protected override OwnerCall? AfterTerminate =>
        _mayHavePrepared && !MayBeCommitted() && !_operation.Pending.Contains(Owner.Registration.Sid) ? OwnerCall.Recover() : null;

    protected override IReadOnlyList<OwnerRun> ManagerRuns => Managers;

    protected override bool NeedsClient => Owner.HasOwnData || Serves || Resumes || IsGivenOwn;

    private bool IsGivenOwn => !Owner.IsProxied && Part is { Drives.Count: > 0 };

    /// <summary>Gives snapshot, base and every increment. Never throws for the owner's failure.</summary>
    public Task FeedAsync() => ContainAsync(async () =>
    {
        foreach (DriveNumber drive in StoredDrives)
        {
            if (Owner.IsProxied)
            {
                await new ProxiedFeed(this, drive, _repository, Stop).GiveAsync();
                _operation.Report(OperationPhase.DataFinished, Owner.Name, _bytes, ExpectedBytes);
            }
            else
            {
                await FeedDriveAsync(drive);
            }
        }
    });

    /// <summary>Lets the owner prepare every drive on which it was given anything. Never throws for the owner's failure.</summary>
    public Task PrepareAsync() => GuardAsync(async () =>
    {
        List<RestoreDrive> prepared = [];
        foreach (DriveNumber drive in _given)
        {
            _mayHavePrepared = Session.Features.HasFlag(OwnerFeatures.RestorePrepare);
            ReadOnlyMemory<byte> token = _mayHavePrepared ? (await Session.CallAsync(OwnerCall.On(OwnerCallKind.PrepareRestore, drive), Stop)).Token : default;
            prepared.Add(new RestoreDrive((byte)drive.Index, token));
        }

        Prepared = prepared;
        _operation.Report(OperationPhase.Prepared, Owner.Name, _bytes, ExpectedBytes);
    });

    /// <summary>Takes up what an earlier run has prepared. Never throws for the owner's failure.</summary>
    public Task ResumeAsync(IReadOnlyList<RestoreDrive> prepared, CancellationToken stop) => GuardAsync(async () =>
    {
        Prepared = prepared;
        foreach (RestoreDrive drive in prepared)
        {
            await Session.CallAsync(OwnerCall.ResumeRestore(DriveNumber.FromIndex(drive.Drive), drive.Token), stop);
        }
    });

    /// <summary>Puts the data in place. After the commit nothing aborts it; a failure is named, and the others go on.</summary>
    public async Task CompleteAsync(bool checksums)
    {
        await GuardAsync(async () =>
        {
            foreach (RestoreDrive prepared in Prepared)
            {
                await Session.CallAsync(OwnerCall.On(OwnerCallKind.RestoreComplete, DriveNumber.FromIndex(prepared.Drive)), CancellationToken.None);
            }
        });
        if (Failure is not null)
        {
            return;
        }

        // In place: from here on nothing of the owner changes that.
        Finish();
        await RemarkAsync(checksums);
        Errors.AddRange(Managers.Where(m => m.IsHelper).SelectMany(m => m.Errors));
        _operation.Report(OperationPhase.OwnerCompleted, Owner.Name, _bytes, ExpectedBytes);
    }

    /// <summary>What became of it; of a plan, what it would be given counts as its bytes.</summary>
    public OwnerReport Report(bool committed, bool planned)
    {
        DataOwnerException? failure = Failure ?? Managers.FirstOrDefault(m => m.Failure is not null)?.Failure?.AsManagerOf(Owner);
        return new OwnerReport
        {
            Name = Owner.Name,
            Sid = Owner.Registration.Sid,
            Policy = Owner.Registration.Policy,
            Type = Owner.IsProxied ? PartType.Proxied : Part is null or { Drives.Count: 0 } ? PartType.Quiesced : _chain.Count > 1 ? PartType.Increment : PartType.Base,
            Outcome = failure is not null ? OwnerOutcome.Failed : !committed ? OwnerOutcome.Skipped : Errors.Count > 0 ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded,
            Error = failure?.Code ?? ErrorCode.Success,
            FailedCall = failure?.Call,
            Parent = Part?.Set.Text,
            Source = Part?.Source ?? "",
            Target = Owner.Registration.Source,
            DataVersion = _chain.Select(p => p.DataVersion).DefaultIfEmpty().Max(),
            Bytes = planned ? ExpectedBytes : _bytes,
            StoredBytes = _chain.Sum(p => p.StoredBytes),
            Held = HeldSoFar,
            Checksums = _checksums,
            Why = _chain.Count > 1 ? $"Base of set {_chain[0].Set} and {_chain.Count - 1} increment{(_chain.Count > 2 ? "s" : "")}."
                : Part is { Drives.Count: > 0 } part ? $"Base of set {part.Set}." : "The set holds no data of its own.",
            Notes = [.. Notes],
            Errors = failure is null ? [.. Errors] : [.. Errors, failure.Message],
        };
    }

    /// <summary>Opens the owner's own base of a drive.</summary>
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public async Task OpenBaseAsync(DriveNumber drive)
    {
        _given = _given.Union(DriveList.Of(drive));
        _givenOwn = _givenOwn.Union(DriveList.Of(drive));
        await Session.CallAsync(OwnerCall.On(OwnerCallKind.InitialiseRestoreBaseData, drive), Stop);
        _operation.Report(OperationPhase.DataStarted, Owner.Name, _bytes, ExpectedBytes);
    }

    /// <summary>Gives a section of an open stream of the owner's own.</summary>
    /// <exception cref="DataOwnerException">The owner failed.</exception>
    public async Task GiveAsync(OwnerCallKind kind, DriveNumber drive, ReadOnlyMemory<byte> section, bool last)
    {
        await Session.CallAsync(OwnerCall.Give(kind, new DriveKey(drive), section, last), Stop);
        Count(section.Length);
    }

    /// <summary>Counts what was given, to the owner or to a manager of it.</summary>
    public void Count(int bytes)
    {
        _bytes += bytes;
        _operation.Report(OperationPhase.Section, Owner.Name, _bytes, ExpectedBytes);
    }

    /// <summary>From here on it holds data of another owner on a drive.</summary>
    public void Keep(RestoreRun served, DriveNumber drive)
    {
        _given = _given.Union(DriveList.Of(drive));
        KeepsFor.Add(served);
    }

    /// <summary>Asks a manager for this owner's sake.</summary>
    /// <exception cref="DataOwnerException">The manager failed; as this owner's failure.</exception>
    public Task WithAsync(RestoreRun manager, Func<Task> work) => WithManagerAsync(manager, work);

    protected override async Task ConnectAsync()
    {
        await WaitForAsync(IsReady, "its readiness", sinceBegin: true);
        if (Owner.Session is { HasCallbacks: false } && (Serves || Resumes || IsGivenOwn))
        {
            throw new DataOwnerException(Owner.Name, ErrorCode.NotSupported, $"Owner {Owner.Name} has no callbacks; it cannot take a restore.");
        }

        await BeginSessionAsync();
    }

    private async Task FeedDriveAsync(DriveNumber drive)
    {
        if (Part!.Drive((byte)drive.Index)?.Snapshot is { Sections: > 0 } && Owner.Registration.SupportsIncremental)
        {
            await GiveSnapshotAsync(drive);
        }

        _operation.Report(OperationPhase.SnapshotsSupplied, Owner.Name);
        foreach (OwnerPart part in _chain)
        {
            bool isBase = part == _chain[0];
            OwnerCallKind give = isBase ? OwnerCallKind.RestoreBaseDataSection : OwnerCallKind.RestoreIncrementDataSection;
            if (isBase)
            {
                await OpenBaseAsync(drive);
            }
            else
            {
                await Session.CallAsync(OwnerCall.On(OwnerCallKind.InitialiseRestoreIncrementData, drive), Stop);
            }

            await StoredStream.ReadAsync(_repository, part, drive, StreamKind.Data, (section, last) => GiveAsync(give, drive, section, last), Stop);
            _operation.Report(isBase ? OperationPhase.DataFinished : OperationPhase.IncrementFinished, Owner.Name, _bytes, ExpectedBytes);
        }
    }

    /// <summary>A restore does not depend on the snapshot: an owner that cannot use it is restored from its data.</summary>
    private async Task GiveSnapshotAsync(DriveNumber drive)
    {
        try
        {
            await StoredStream.ReadAsync(_repository, Part!, drive, StreamKind.Snapshot, async (section, last) =>
                await Session.CallAsync(OwnerCall.Give(OwnerCallKind.ReceiveSnapshotData, new DriveKey(drive), section, last), Stop), Stop);
        }
        catch (DataOwnerException e) when (Failure is null && OwnerCallRules.Of(OwnerCallKind.ReceiveSnapshotData).RefusalCodes.Contains(e.Code))
        {
            Notes.Add($"The owner cannot use the snapshot of drive {drive}: {e.Message}");
        }
    }

    /// <summary>What there is to say of data that is in place. A failure here is named, and changes nothing of that.</summary>
    private async Task RemarkAsync(bool checksums)
    {
        try
        {
            if (Prepared.Count > 0 && Session.Features.HasFlag(OwnerFeatures.Remarks))
            {
                OwnerRemarks remarks = (await Session.CallAsync(OwnerCall.TakeRemarks(), CancellationToken.None)).Remarks!;
                Notes.AddRange(remarks.Notes);
                Errors.AddRange(remarks.Errors);
            }

            foreach (DriveNumber drive in checksums ? _givenOwn : DriveList.Empty)
            {
                _checksums[drive] = (uint)(await Session.CallAsync(OwnerCall.On(OwnerCallKind.GetDataChecksum, drive), CancellationToken.None)).Number;
            }
        }
        catch (DataOwnerException e)
        {
            Errors.Add($"The data is in place; what the owner was asked after that failed: {e.Message}");
        }

        if (Part is { Outcome: PartOutcome.Incomplete } part)
        {
            // What the backup had to leave out is not in place now either, so the restore is not whole.
            Errors.AddRange(part.Errors.Select(e => $"Set {part.Set} was incomplete: {e}"));
        }
    }

    /// <summary>Runs a step that reads what is stored: what cannot be read of a best-effort owner is that owner's failure.</summary>
    private Task ContainAsync(Func<Task> step) => GuardAsync(async () =>
    {
        try
        {
            await step();
        }
        catch (RepositoryException e) when (RestorePlanning.IsOfOneOwner(Owner, e))
        {
            throw RestorePlanning.Unreadable(Owner, e);
        }
        catch (RepositoryException e) when (RestorePlanning.IsDamage(e))
        {
            throw RestorePlanning.NotRestorable(Owner, Set, e);
        }
    });
}
