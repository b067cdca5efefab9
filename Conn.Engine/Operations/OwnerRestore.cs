using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>One owner's course through a restore: ready, fed completely, prepared; after the commit, completed. Its failure stays its own.</summary>
internal sealed class OwnerRestore
{
    private readonly Operation _operation;
    private readonly BackupRepository _repository;
    private readonly IReadOnlyList<OwnerPart> _chain;
    private readonly List<string> _notes = [];
    private readonly List<string> _errors = [];
    private long _bytes;
    private long _readyAt;

    public OwnerRestore(Operation operation, BackupRepository repository, RegisteredOwner owner, SetId set, IReadOnlyList<OwnerPart> chain)
    {
        Set = set;
        _operation = operation;
        _repository = repository;
        Owner = owner;
        _chain = chain;
    }

    public RegisteredOwner Owner { get; }

    /// <summary>The set it is restored from.</summary>
    public SetId Set { get; }

    public OwnerPart Part => _chain[^1];

    public DataOwnerException? Failure { get; private set; }

    /// <summary>What was prepared, for the commit record.</summary>
    public IReadOnlyList<RestoreDrive> Prepared { get; private set; } = [];

    public bool Completed { get; private set; }

    /// <summary>True when it is in place, and something of it is missing.</summary>
    public bool LeftSomethingOut => Failure is null && _errors.Count > 0;

    /// <summary>About how much will be staged: what the chain holds of all drives.</summary>
    public long ExpectedBytes => _chain.Sum(p => p.Bytes);

    public IEnumerable<DriveNumber> Drives => Part.Drives.Select(d => DriveNumber.FromIndex(d.Drive));

    private OwnerSession Session => Owner.LiveSession;

    /// <summary>A best-effort owner's own plan says no: it is left out, the others go on.</summary>
    public void Refuse(ConnException e) =>
        Failure = new DataOwnerException(Owner.Name, nameof(IRestorePlan.PlanRestoreAsync), e.Code, $"Owner {Owner.Name} refuses the restore: {e.Message}", e);

    /// <summary>Waits for the owner. Never throws for the owner's failure.</summary>
    public Task ReadyAsync(CancellationToken abort) => GuardAsync(async () =>
    {
        await _operation.WaitForAsync(Owner, s => s is DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl, "its readiness", abort);
        if (!Session.HasCallbacks)
        {
            throw new DataOwnerException(Owner.Name, "restore", ErrorCode.NotSupported, $"Owner {Owner.Name} has no callbacks; it cannot take a restore.");
        }

        _notes.AddRange(await OwnerRecovery.RunAsync(_operation, Owner, abort));
        _readyAt = _operation.Now;
        _operation.Report(OperationPhase.OwnerReady, Owner.Name);
    });

    /// <summary>Gives snapshot, base and every increment, and lets the owner prepare. Never throws for the owner's failure.</summary>
    public Task FeedAsync(CancellationToken abort) => GuardAsync(async () =>
    {
        foreach (DriveNumber drive in Drives)
        {
            await FeedDriveAsync(drive, abort);
        }

        List<RestoreDrive> prepared = [];
        bool prepares = Session.Has(ExtendedInterfaces.RestorePrepare);
        foreach (DriveNumber drive in Drives)
        {
            ReadOnlyMemory<byte> token = prepares
                ? await Session.CallAsync(nameof(IRestorePrepare.PrepareRestoreAsync),
                    (_, t) => Session.Extended<IRestorePrepare>(ExtendedInterfaces.RestorePrepare).PrepareRestoreAsync(drive, t), abort)
                : ReadOnlyMemory<byte>.Empty;
            prepared.Add(new RestoreDrive((byte)drive.Index, token));
        }

        Prepared = prepared;
        _operation.Report(OperationPhase.Prepared, Owner.Name, _bytes, ExpectedBytes);
    });

    /// <summary>Takes up what an earlier run prepared. Never throws for the owner's failure.</summary>
    public Task ResumeAsync(IReadOnlyList<RestoreDrive> prepared, CancellationToken abort) => GuardAsync(async () =>
    {
        if (!Session.Has(ExtendedInterfaces.RestorePrepare))
        {
            throw new DataOwnerException(Owner.Name, nameof(IRestorePrepare.ResumeRestoreAsync), ErrorCode.NotFound,
                $"Owner {Owner.Name} has no IRestorePrepare: what it had staged ended with its process.");
        }

        Prepared = prepared;
        foreach (RestoreDrive drive in prepared)
        {
            await Session.CallAsync(nameof(IRestorePrepare.ResumeRestoreAsync), (_, t) => Session.Extended<IRestorePrepare>(
                ExtendedInterfaces.RestorePrepare).ResumeRestoreAsync(DriveNumber.FromIndex(drive.Drive), drive.Token, t), abort);
        }
    });

    /// <summary>Puts the data in place. From the commit on nothing aborts it; a failure is named and the others go on.</summary>
    public Task CompleteAsync() => GuardAsync(async () =>
    {
        foreach (RestoreDrive drive in Prepared)
        {
            await Session.CallAsync(nameof(IActiveBackupDataClient.RestoreCompleteAsync),
                (c, t) => c.RestoreCompleteAsync(DriveNumber.FromIndex(drive.Drive), t), CancellationToken.None);
        }

        OwnerRemarks remarks = await Session.TakeRemarksAsync(CancellationToken.None);
        _notes.AddRange(remarks.Notes);
        _errors.AddRange(remarks.Errors);
        if (Part.Outcome == PartOutcome.Incomplete)
        {
            // What the backup had to leave out is not in place now either; the restore does not call itself whole.
            _errors.AddRange(Part.Errors.Select(e => $"Set {Part.Set} was incomplete: {e}"));
        }

        Completed = true;
        _operation.Report(OperationPhase.OwnerCompleted, Owner.Name, _bytes, ExpectedBytes);
    });

    public OwnerReport Report(bool committed) => new()
    {
        Name = Owner.Name,
        Sid = Owner.Registration.Sid,
        Type = _chain.Count > 1 ? BackupIncType.Increment : BackupIncType.Base,
        Outcome = Failure is not null ? OwnerOutcome.Failed : !committed ? OwnerOutcome.Skipped : _errors.Count > 0 ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded,
        Error = Failure?.Code ?? ErrorCode.None,
        Grade = _chain.Count > 1 ? OwnerGrade.OwnerIncrement : OwnerGrade.OwnerBase,
        Parent = Part.Set.Text,
        Bytes = _bytes,
        StoredBytes = _chain.Sum(p => p.StoredBytes),
        Held = _readyAt == 0 ? TimeSpan.Zero : _operation.Since(_readyAt),
        Why = _chain.Count > 1 ? $"Base of set {_chain[0].Set} and {_chain.Count - 1} increments." : $"Base of set {Part.Set}.",
        Notes = _notes,
        Errors = Failure is null ? _errors : [.. _errors, Failure.Message],
    };

    private async Task FeedDriveAsync(DriveNumber drive, CancellationToken abort)
    {
        if (Part.Drive((byte)drive.Index)?.Snapshot is { Sections: > 0 } && Owner.Registration.SupportsIncremental)
        {
            await GiveSnapshotAsync(drive, abort);
        }

        _operation.Report(OperationPhase.SnapshotsSupplied, Owner.Name);
        foreach (OwnerPart part in _chain)
        {
            bool isBase = part == _chain[0];
            if (isBase)
            {
                await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseRestoreBaseDataAsync), (c, t) => c.InitialiseRestoreBaseDataAsync(drive, t), abort);
                _operation.Report(OperationPhase.DataStarted, Owner.Name, _bytes, ExpectedBytes);
                await GiveAsync(part, drive, nameof(IActiveBackupDataClient.RestoreBaseDataSectionAsync), (c, s, l, t) => c.RestoreBaseDataSectionAsync(s, l, t), abort);
                _operation.Report(OperationPhase.DataFinished, Owner.Name, _bytes, ExpectedBytes);
            }
            else
            {
                await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseRestoreIncrementDataAsync), (c, t) => c.InitialiseRestoreIncrementDataAsync(drive, t), abort);
                await GiveAsync(part, drive, nameof(IActiveBackupDataClient.RestoreIncrementDataSectionAsync), (c, s, l, t) => c.RestoreIncrementDataSectionAsync(s, l, t), abort);
                _operation.Report(OperationPhase.IncrementFinished, Owner.Name, _bytes, ExpectedBytes);
            }
        }
    }

    private async Task GiveSnapshotAsync(DriveNumber drive, CancellationToken abort)
    {
        try
        {
            await SectionFeed.GiveAsync(_repository, Part, drive, StreamKind.Snapshot, (section, last) => Session.CallAsync(
                nameof(IActiveBackupDataClient.ReceiveSnapshotDataAsync), (c, t) => c.ReceiveSnapshotDataAsync(drive, section, last, t), abort), abort);
        }
        catch (DataOwnerException e) when (e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt)
        {
            // A restore does not depend on the snapshot: an owner that cannot use it is restored from its data.
            _notes.Add($"The owner cannot use the snapshot of drive {drive}: {e.Message}");
        }
    }

    private Task<long> GiveAsync(OwnerPart part, DriveNumber drive, string callback,
        Func<IActiveBackupDataClient, ReadOnlyMemory<byte>, bool, CancellationToken, ValueTask> give, CancellationToken abort) =>
        SectionFeed.GiveAsync(_repository, part, drive, StreamKind.Data, async (section, last) =>
        {
            await Session.CallAsync(callback, (c, t) => give(c, section, last, t), abort);
            _bytes += section.Length;
            _operation.Report(OperationPhase.Section, Owner.Name, _bytes, ExpectedBytes);
            return true;
        }, abort);

    private async Task GuardAsync(Func<Task> step)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            await step();
        }
        catch (DataOwnerException e)
        {
            Failure = e;
        }
        catch (RepositoryException e) when (Owner.Registration.Policy == OwnerPolicy.BestEffort && e.Failure is (RepositoryFailure.Damaged or RepositoryFailure.ChainBroken))
        {
            Failure = new DataOwnerException(Owner.Name, "restore", ErrorCode.Corrupt, $"What is stored of owner {Owner.Name} cannot be read: {e.Message}", e);
        }
    }
}
