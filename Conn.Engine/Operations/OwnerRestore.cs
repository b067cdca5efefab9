using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>One owner's course through a restore: ready, fed completely, prepared; after the commit, completed. Its failure stays its own, and that of those joined with it by a manager.</summary>
internal sealed partial class OwnerRestore
{
    private readonly Operation _operation;
    private readonly BackupRepository _repository;
    private readonly IReadOnlyList<OwnerPart> _chain;
    private readonly List<string> _notes = [];
    private readonly List<string> _errors = [];
    private readonly Dictionary<DriveNumber, uint> _checksums = [];
    private DriveList _given = DriveList.Empty;
    private Task? _ready;
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

    /// <summary>Its newest part; null for a manager that has none of its own here.</summary>
    public OwnerPart? Part => _chain.Count > 0 ? _chain[^1] : null;

    public DataOwnerException? Failure { get; private set; }

    /// <summary>What was prepared, for the commit record; empty when there is nothing for it to put in place.</summary>
    public IReadOnlyList<RestoreDrive> Prepared { get; private set; } = [];

    public bool Completed { get; private set; }

    /// <summary>True when it is in place, and something of it is missing.</summary>
    public bool LeftSomethingOut => Failure is null && _errors.Count > 0;

    /// <summary>About how much will be staged: what the chain holds of all drives.</summary>
    public long ExpectedBytes => _chain.Sum(p => p.Bytes);

    /// <summary>The parts that it is given data of, base first.</summary>
    public IEnumerable<OwnerPart> Given => _chain.Where(p => p.Drives.Count > 0);

    public IEnumerable<DriveNumber> Drives => Part?.Drives.Select(d => DriveNumber.FromIndex(d.Drive)) ?? [];

    /// <summary>Whether it takes up what an earlier run decided.</summary>
    public bool Resumes { get; init; }

    private OwnerSession Session => Owner.LiveSession;

    private bool IsGivenOwn => !Owner.IsProxied && Part is { Drives.Count: > 0 };

    private bool NeedsClient => Owner.HasOwnData || Serves || Resumes || IsGivenOwn;

    /// <summary>Before anything was touched it is clear that it cannot take the restore.</summary>
    public void Refuse(DataOwnerException why) => Failure ??= why;

    /// <summary>What is stored of a best-effort owner cannot be read: it is left out, the others go on.</summary>
    public void CannotBeRead(RepositoryException e) =>
        Failure = new DataOwnerException(Owner.Name, "restore", ErrorCode.Corrupt, $"What is stored of owner {Owner.Name} cannot be read: {e.Message}", e);

    /// <summary>Whether a repository's failure is the failure of this owner alone.</summary>
    public static bool IsOfOneOwner(RegisteredOwner owner, RepositoryException e) =>
        owner.Registration.Policy == OwnerPolicy.BestEffort && e.Failure is RepositoryFailure.Damaged or RepositoryFailure.ChainBroken;

    /// <summary>Waits for the owner and its managers, once. Never throws for the owner's failure.</summary>
    public Task ReadyAsync(CancellationToken abort) => _ready ??= GuardAsync(async () =>
    {
        CheckKind();
        if (NeedsClient)
        {
            await _operation.WaitForAsync(Owner, s => s is DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl, "its readiness", abort);
            if (!Session.HasCallbacks && (Serves || Resumes || IsGivenOwn))
            {
                throw new DataOwnerException(Owner.Name, "restore", ErrorCode.NotSupported, $"Owner {Owner.Name} has no callbacks; it cannot take a restore.");
            }

            _notes.AddRange(Session.HasCallbacks ? await OwnerRecovery.RunAsync(_operation, Owner, abort) : []);
        }

        foreach (OwnerRestore manager in Managers)
        {
            await manager.ReadyAsync(abort);
            if (manager.Failure is { } failed)
            {
                throw failed.AsManagerOf(Owner);
            }
        }

        _readyAt = _operation.Now;
        _operation.Report(OperationPhase.OwnerReady, Owner.Name);
    });

    /// <summary>Gives snapshot, base and every increment. Never throws for the owner's failure.</summary>
    public Task FeedAsync(CancellationToken abort) => GuardAsync(async () =>
    {
        foreach (DriveNumber drive in Drives)
        {
            await (Owner.IsProxied ? FeedProxiedAsync(drive, abort) : FeedDriveAsync(drive, abort));
        }
    });

    /// <summary>Lets the owner prepare every drive on which it was given anything. Never throws for the owner's failure.</summary>
    public Task PrepareAsync(CancellationToken abort) => GuardAsync(async () =>
    {
        List<RestoreDrive> prepared = [];
        IRestorePrepare? prepare = _given.Count == 0 ? null : await Session.ExtendedAsync<IRestorePrepare>(ExtendedInterfaces.RestorePrepare, abort);
        foreach (DriveNumber drive in _given)
        {
            ReadOnlyMemory<byte> token = prepare is null ? ReadOnlyMemory<byte>.Empty
                : await Session.CallAsync(nameof(IRestorePrepare.PrepareRestoreAsync), (_, t) => prepare.PrepareRestoreAsync(drive, t), abort);
            prepared.Add(new RestoreDrive((byte)drive.Index, token));
        }

        Prepared = prepared;
        _operation.Report(OperationPhase.Prepared, Owner.Name, _bytes, ExpectedBytes);
    });

    /// <summary>Takes up what an earlier run prepared. Never throws for the owner's failure.</summary>
    public Task ResumeAsync(IReadOnlyList<RestoreDrive> prepared, CancellationToken abort) => GuardAsync(async () =>
    {
        if (await Session.ExtendedAsync<IRestorePrepare>(ExtendedInterfaces.RestorePrepare, abort) is not { } prepare)
        {
            throw new DataOwnerException(Owner.Name, nameof(IRestorePrepare.ResumeRestoreAsync), ErrorCode.NotFound,
                $"Owner {Owner.Name} has no IRestorePrepare: what it had staged ended with its process.");
        }

        Prepared = prepared;
        foreach (RestoreDrive drive in prepared)
        {
            await Session.CallAsync(nameof(IRestorePrepare.ResumeRestoreAsync), (_, t) => prepare.ResumeRestoreAsync(
                DriveNumber.FromIndex(drive.Drive), drive.Token, t), abort);
        }
    });

    /// <summary>Begins afresh and takes up what it has prepared itself: from then on that outlives a Terminate. Never throws for the owner's failure.</summary>
    public async Task KeepAsync()
    {
        await GuardAsync(() =>
        {
            _operation.BeginSession(Owner);
            return Task.CompletedTask;
        });
        await ResumeAsync(Prepared, CancellationToken.None);
    }

    /// <summary>Puts the data in place. From the commit on nothing aborts it; a failure is named and the others go on.</summary>
    public Task CompleteAsync(bool checksums = false) => GuardAsync(async () =>
    {
        foreach (RestoreDrive prepared in Prepared)
        {
            DriveNumber drive = DriveNumber.FromIndex(prepared.Drive);
            await Session.CallAsync(nameof(IActiveBackupDataClient.RestoreCompleteAsync), (c, t) => c.RestoreCompleteAsync(drive, t), CancellationToken.None);
        }

        Completed = true;
        await RemarkAsync(checksums);
        TakeOverFromManagers();
        _operation.Report(OperationPhase.OwnerCompleted, Owner.Name, _bytes, ExpectedBytes);
    });

    /// <summary>What is said of it; of a plan, what it would be given counts as its bytes.</summary>
    public OwnerReport Report(bool committed, bool planned) => new()
    {
        Name = Owner.Name,
        Sid = Owner.Registration.Sid,
        Type = _chain.Count > 1 ? BackupIncType.Increment : BackupIncType.Base,
        Outcome = Failure is not null ? OwnerOutcome.Failed : !committed ? OwnerOutcome.Skipped : _errors.Count > 0 ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded,
        Error = Failure?.Code ?? ErrorCode.None,
        Grade = Owner.IsProxied ? OwnerGrade.Proxy : Part is null or { Drives.Count: 0 } ? OwnerGrade.Quiesced
            : _chain.Count > 1 ? OwnerGrade.OwnerIncrement : OwnerGrade.OwnerBase,
        Parent = Part?.Set.Text,
        DataVersion = _chain.Select(p => p.DataVersion).DefaultIfEmpty().Max(),
        Bytes = planned ? ExpectedBytes : _bytes,
        StoredBytes = _chain.Sum(p => p.StoredBytes),
        Held = _readyAt == 0 ? TimeSpan.Zero : _operation.Since(_readyAt),
        Checksums = _checksums,
        Why = _chain.Count > 1 ? $"Base of set {_chain[0].Set} and {_chain.Count - 1} increments."
            : Part is { Drives.Count: > 0 } part ? $"Base of set {part.Set}." : "The set holds no data of its own.",
        Notes = _notes,
        Errors = Failure is null ? _errors : [.. _errors, Failure.Message],
    };

    /// <summary>What there is to say of data that is in place. A failure here is named, and changes nothing of that.</summary>
    private async Task RemarkAsync(bool checksums)
    {
        try
        {
            if (Prepared.Count > 0)
            {
                OwnerRemarks remarks = await Session.TakeRemarksAsync(CancellationToken.None);
                _notes.AddRange(remarks.Notes);
                _errors.AddRange(remarks.Errors);
            }

            foreach (DriveNumber drive in checksums ? OwnDrives : DriveList.Empty)
            {
                _checksums[drive] = await Session.CallAsync(nameof(IActiveBackupDataClient.GetDataChecksumAsync), (c, t) => c.GetDataChecksumAsync(drive, t), CancellationToken.None);
            }
        }
        catch (DataOwnerException e)
        {
            _errors.Add($"The data is in place; what the owner was asked after that failed: {e.Message}");
        }

        if (Part is { Outcome: PartOutcome.Incomplete } part)
        {
            // What the backup had to leave out is not in place now either; the restore does not call itself whole.
            _errors.AddRange(part.Errors.Select(e => $"Set {part.Set} was incomplete: {e}"));
        }
    }

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
            Failure ??= e;
        }
        catch (RepositoryException e) when (IsOfOneOwner(Owner, e))
        {
            CannotBeRead(e);
        }
    }
}
