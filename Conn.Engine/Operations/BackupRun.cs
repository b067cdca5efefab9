using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Owners;
using Conn.Engine.Proxies;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Runs one owner's part of a backup: snapshots, then data and the new snapshot of each drive.</summary>
internal sealed class BackupRun : OwnerRun
{
    private readonly BackupOperation _operation;
    private readonly BackupRequest _request;
    private readonly Dictionary<DriveNumber, uint> _checksums = [];
    private BackupPlan _plan;
    private TimeSpan _held;
    private long _totalBytes = -1;
    private readonly HandedOver _handedOver;

    public BackupRun(BackupOperation operation, BackupRequest request, BackupPlan plan, CancellationToken stop)
        : base(operation, plan.Owner, stop) => (_operation, _request, _plan, _handedOver) = (operation, request, plan, new HandedOver(operation, plan.Owner));

    /// <summary>The runs of its managers, in order.</summary>
    public IReadOnlyList<BackupRun> Managers { get; set; } = [];

    /// <summary>Whether the owner, or a manager of it, handed over a stream.</summary>
    public bool HasData { get; private set; }

    public OwnerOutcome Outcome => Failure is not null ? OwnerOutcome.Failed : Errors.Count > 0 ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded;

    protected override IReadOnlyList<OwnerRun> ManagerRuns => Managers;

    protected override bool NeedsClient => _plan.HandsOverOwn || _plan.Serves;

    private DataOwnerRegistration Registration => Owner.Registration;

    private bool HandsOverOwn => _plan.HandsOverOwn && Session.HasCallbacks;

    private PartType Type => Owner.IsProxied ? PartType.Proxied : !_plan.HandsOverOwn || IsQuiet ? PartType.Quiesced
        : _plan.Parent is null ? PartType.Base : PartType.Increment;

    /// <summary>Moves the owner's data into the set. Never throws for an owner's failure.</summary>
    public async Task TransferAsync(BackupSetWriter set)
    {
        await using PartWriter part = await set.BeginPartAsync(new NewOwnerPart
        {
            Name = Owner.Name, Kind = Registration.Kind, Source = Registration.Source, DataVersion = Registration.DataVersion, Sid = Registration.Sid.Value, Parent = _plan.Parent,
        }, Stop);
        await GuardAsync(() => WithinStorageAsync(Owner, async () =>
        {
            await HandOverAsync(part);
            ThrowIfFailed();
            Finish();
            await part.CompleteAsync(Result(Errors.Count > 0 ? PartOutcome.Incomplete : PartOutcome.Succeeded), Stop);
        }));
        if (Failure is not null)
        {
            await part.AbandonAsync(Result(PartOutcome.Failed), Stop);
        }

        _handedOver.Report(OperationPhase.OwnerFinished);
    }

    public OwnerReport Report(OwnerPart? stored) => new()
    {
        Name = Owner.Name,
        Sid = Registration.Sid,
        Policy = Registration.Policy,
        Source = Registration.Source,
        Type = Type,
        Outcome = Outcome,
        Error = Failure?.Code ?? ErrorCode.Success,
        FailedCall = Failure?.Call,
        Parent = _plan.Parent?.Set.Text,
        DataVersion = Registration.DataVersion,
        Bytes = stored?.Bytes ?? 0,
        StoredBytes = stored?.StoredBytes ?? 0,
        SnapshotStoredBytes = stored?.Drives.Sum(d => d.Snapshot?.StoredBytes ?? 0) ?? 0,
        Held = _held,
        Checksums = _checksums,
        Why = _plan.Why,
        Notes = [.. Notes],
        Errors = Failure is null ? [.. Errors] : [.. Errors, Failure.Message],
    };

    protected override async Task ConnectAsync()
    {
        await WaitForAsync(s => s != DataOwnerStatus.NotConnected, "its connection", sinceBegin: true);
        await BeginSessionAsync();
        if (Session.HasCallbacks && _plan.HandsOverOwn)
        {
            await SupplySnapshotsAsync();
        }
        else if (!Session.HasCallbacks)
        {
            _plan = _plan with { Parent = null, Why = "The owner was quiet only: it connected without callbacks." };
        }

        if (!Session.HasCallbacks && _plan.Serves)
        {
            throw new DataOwnerException(Owner.Name, ErrorCode.NotSupported, $"Owner {Owner.Name} has no callbacks; it cannot hand over what it keeps for others.");
        }
    }

    private async Task SupplySnapshotsAsync()
    {
        try
        {
            foreach (DriveNumber drive in _plan.Parent is null ? DriveList.Empty : Registration.Drives)
            {
                await StoredStream.ReadAsync(_request.Repository, _plan.Parent!, drive, StreamKind.Snapshot, async (section, last) =>
                    await Session.CallAsync(OwnerCall.Give(OwnerCallKind.ReceiveSnapshotData, new DriveKey(drive), section, last), Stop), Stop);
            }

            await Session.CallAsync(OwnerCall.AllSnapshotsSupplied(), Stop);
        }
        catch (DataOwnerException e) when (_plan.Parent is not null && Failure is null
            && OwnerCallRules.Of(OwnerCallKind.AllSnapshotsSupplied).RefusalCodes.Contains(e.Code))
        {
            await RestartAsBaseAsync($"The owner cannot use the snapshot of set {_plan.Parent.Set}: {e.Message}");
        }
        catch (RepositoryException e) when (_plan.Parent is not null && e.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken)
        {
            string unreadable = $"The snapshot of set {_plan.Parent!.Set} cannot be read: {e.Message}";
            await RestartAsBaseAsync(unreadable);
            Notes.Add($"WARNING: {unreadable} This backup is a base. Verify the repository.");
        }

        _operation.Report(OperationPhase.SnapshotsSupplied, Owner.Name);
    }

    /// <summary>The owner cannot use its snapshot. It discards it and restarts as a base backup.</summary>
    private async Task RestartAsBaseAsync(string why)
    {
        if (_request.Choice == BackupChoice.Increment)
        {
            throw BackupPlan.NeedsBase(Owner, why);
        }

        _plan = _plan with { Parent = null, Why = why };
        await Session.CallAsync(OwnerCall.Terminate(), Stop);
        await Session.BeginAsync(Drives, Stop);
        await Session.CallAsync(OwnerCall.AllSnapshotsSupplied(), Stop);
    }

    private async Task HandOverAsync(PartWriter part)
    {
        bool own = NeedsClient && HandsOverOwn;
        foreach (DriveNumber drive in own || Owner.IsProxied ? Registration.Drives : DriveList.Empty)
        {
            await HandOverDriveAsync(part, drive, own);
        }

        foreach (BackupRun manager in Managers)
        {
            await WithManagerAsync(manager, () => TakeRemarksAsync(manager.Session, $"Manager {manager.Owner.Name}: "));
        }

        if (own)
        {
            OwnerRemarks remarks = await TakeRemarksAsync(Session, "");
            _plan = _plan with { Why = remarks.WhyBase ?? _plan.Why };
            _totalBytes = Owner.IsProxied ? -1 : remarks.TotalBytes;
            WarnIfShrunk(remarks.Notes);
        }

        _held = NeedsClient ? HeldSoFar : TimeSpan.Zero;
    }

    /// <summary>Data that suddenly is much less was probably lost, or its place is not mounted. The backup is right, and must not pass unseen.</summary>
    private void WarnIfShrunk(IReadOnlyList<string> said)
    {
        long now = _totalBytes >= 0 ? _totalBytes : Owner.IsProxied || _plan.Parent is not null ? -1 : _handedOver.Bytes;
        bool isShrunk = _plan.Earlier is { } earlier && now >= 0 && PartSize.Of(earlier) is > 0 and var before && now < before - now;

        // An owner that warns by itself knows better what is missing.
        if (isShrunk && !said.Any(n => n.StartsWith("WARNING", StringComparison.Ordinal)))
        {
            Notes.Add($"WARNING: the owner's data has {now} bytes, and had {PartSize.Of(_plan.Earlier!)} in set {_plan.Earlier!.Set}. If that was not meant, "
                + "restore from that set and keep it; a file system that should be mounted at the source may not be.");
        }
    }

    private async Task HandOverDriveAsync(PartWriter part, DriveNumber drive, bool own)
    {
        HasData = true;
        SectionStreamWriter data = await part.OpenStreamAsync((byte)drive.Index, StreamKind.Data, Stop);
        if (Owner.IsProxied)
        {
            ProxyFrameEncoder frames = new(Managers.Count, own);
            foreach (BackupRun manager in Managers)
            {
                await WithManagerAsync(manager, () => TakeProxiedAsync(manager, drive, data, frames));
            }
        }

        SectionTransfer? transfer = own ? TransferFrom(this) : null;
        if (transfer is not null)
        {
            long expected = (await Session.CallAsync(OwnerCall.On(OwnerCallKind.GetExpectedDataSize, drive), Stop)).Number;
            _handedOver.Expect(Owner.IsProxied ? -1 : expected);
            await Session.CallAsync(OwnerCall.On(OwnerCallKind.InitialiseGetBackupData, drive), Stop);
            _handedOver.Report(OperationPhase.DataStarted);
            await transfer.TakeAsync(OwnerCallKind.GetBackupDataSection, new DriveKey(drive), expected, data, bytes => _handedOver.CountData(Owner, bytes));
        }

        await data.CompleteAsync(Stop);
        _handedOver.Report(OperationPhase.DataFinished);
        if (transfer is not null)
        {
            await FollowUpAsync(part, drive, transfer);
        }
    }

    private async Task TakeProxiedAsync(BackupRun manager, DriveNumber drive, SectionStreamWriter data, ProxyFrameEncoder frames)
    {
        DriveKey key = new(drive, Registration.Sid);
        await manager.Session.CallAsync(OwnerCall.For(OwnerCallKind.InitialiseGetProxyBackupData, key.ProxiedOwner, drive), Stop);
        _operation.Report(OperationPhase.DataStarted, Owner.Name);
        await WithinStorageAsync(manager.Owner, () => TransferFrom(manager).TakeAsync(
            OwnerCallKind.GetBackupDataSection, key, -1, data, bytes => _handedOver.CountData(manager.Owner, bytes), frames));
    }

    /// <summary>What follows a drive's own data: the new snapshot, and the checksum when it was asked for.</summary>
    private async Task FollowUpAsync(PartWriter part, DriveNumber drive, SectionTransfer transfer)
    {
        if (Registration.SupportsIncremental && !Owner.IsProxied)
        {
            SectionStreamWriter snapshot = await part.OpenStreamAsync((byte)drive.Index, StreamKind.Snapshot, Stop);
            try
            {
                await transfer.TakeAsync(OwnerCallKind.GetSnapshotData, new DriveKey(drive), 0, snapshot, _handedOver.CountSnapshot);
            }
            catch (DataOwnerException e) when (e.Code == ErrorCode.NotSupported && Failure is null && snapshot.Bytes == 0)
            {
                Notes.Add($"The owner keeps no snapshot of drive {drive}; its next backup is a base.");
            }

            await snapshot.CompleteAsync(Stop);
            _handedOver.Report(OperationPhase.SnapshotFinished);
        }

        if (_request.Checksums)
        {
            _checksums[drive] = (uint)(await Session.CallAsync(OwnerCall.On(OwnerCallKind.GetDataChecksum, drive), Stop)).Number;
        }
    }

    private async Task<OwnerRemarks> TakeRemarksAsync(OwnerSession session, string prefix)
    {
        if (!session.Features.HasFlag(OwnerFeatures.Remarks))
        {
            return OwnerRemarks.Nothing;
        }

        OwnerRemarks remarks = (await session.CallAsync(OwnerCall.TakeRemarks(), Stop)).Remarks!;
        Notes.AddRange(remarks.Notes.Select(n => prefix + n));
        Errors.AddRange(remarks.Errors.Select(e => prefix + e));
        return remarks;
    }

    private SectionTransfer TransferFrom(BackupRun run) =>
        new(run.Session, run.Owner, _request.Repository.Options.SectionBytes, _operation.Engine.Limits.MaxEmptySections, Stop);

    /// <summary>A storage that fills up while data of a best-effort owner is handed over is the failure of the source: dropping the part frees the space for
    /// the others.</summary>
    private async Task WithinStorageAsync(RegisteredOwner source, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (RepositoryException e) when (e.Failure == RepositoryFailure.DiskFull && Registration.Policy == OwnerPolicy.BestEffort)
        {
            throw new DataOwnerException(source.Name, ErrorCode.DiskFull,
                $"The storage became full while owner {source.Name} handed over data; what was written of it is removed, and the others go on.", e);
        }
    }

    private PartResult Result(PartOutcome outcome) => new()
    {
        Outcome = outcome,
        ErrorCode = Failure?.Code.Value ?? 0,
        Type = Type,
        Why = _plan.Why,
        Notes = [.. Notes],
        Errors = Failure is null ? [.. Errors] : [.. Errors, Failure.Message],
        HeldMilliseconds = (long)_held.TotalMilliseconds,
        TotalBytes = _totalBytes,
    };
}
