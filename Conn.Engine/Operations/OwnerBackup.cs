using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>One owner's course through a backup: connected, snapshots, ready; then its data and its new snapshot. Its failure stays its own, and that of those it serves.</summary>
internal sealed partial class OwnerBackup
{
    private readonly BackupOperation _operation;
    private readonly BackupRequest _request;
    private readonly CancellationToken _abort;
    private readonly RegisteredOwner _owner;
    private readonly List<string> _notes = [];
    private readonly List<string> _errors = [];
    private readonly Dictionary<DriveNumber, uint> _checksums = [];
    private Task? _ready;
    private bool _letGo;
    private BackupPlan _plan;
    private long _readyAt;
    private long _bytes;
    private long _expected = -1;
    private bool _unknown;

    public OwnerBackup(BackupOperation operation, BackupRequest request, BackupPlan plan, CancellationToken abort)
    {
        _operation = operation;
        _request = request;
        _plan = plan;
        _owner = plan.Owner;
        _abort = abort;
    }

    public RegisteredOwner Owner => _owner;

    /// <summary>Why its part ended, when it did not end well.</summary>
    public DataOwnerException? Failure { get; private set; }

    /// <summary>True when nothing of it needs to be let go any more.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether anything of it is to be kept.</summary>
    public bool HasData => _plan.HasData;

    /// <summary>Those that keep data of it, in order.</summary>
    public IReadOnlyList<OwnerBackup> Managers { get; private set; } = [];

    /// <summary>Done when the owner is ready, or has failed. Begins with the first look at it.</summary>
    public Task Ready => _ready ??= PrepareAsync();

    public OwnerOutcome Outcome => Failure is not null ? OwnerOutcome.Failed : _errors.Count > 0 ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded;

    private OwnerSession Session => _owner.LiveSession;

    private bool NeedsClient => _plan.Own || _plan.Serves;

    private bool HandsOverOwn => _plan.Own && Session.HasCallbacks;

    /// <summary>Finds its managers among those that take part.</summary>
    public void Join(IReadOnlyDictionary<RegisteredOwner, OwnerBackup> runs)
    {
        try
        {
            Managers = [.. _operation.ManagersOf(_owner).Select(m => runs[m])];
        }
        catch (DataOwnerException e)
        {
            Failure = e;
        }
    }

    /// <summary>Works for an owner that has data with this one. A failure is for good: the manager is let go, and nothing more is asked of it.</summary>
    /// <exception cref="DataOwnerException">It failed, now or before; told as the served owner's failure.</exception>
    public async Task ServeAsync(RegisteredOwner served, Func<Task> work)
    {
        try
        {
            if ((Failure ?? _owner.FailedBefore) is { } failed)
            {
                throw failed;
            }

            await work();
        }
        catch (DataOwnerException e)
        {
            Failure ??= e;
            await LetGoAsync(_notes);
            throw e.AsManagerOf(served);
        }
    }

    /// <summary>All that it was needed for is done.</summary>
    public void Release() => Ended |= Failure is null;

    /// <summary>Lets go of it, once.</summary>
    public async Task LetGoAsync(ICollection<string> notes)
    {
        if (!_letGo)
        {
            _letGo = true;
            await _operation.LetGoAsync(_owner, Failure, notes);
        }
    }

    /// <summary>Moves the owner's data into the set. Never throws for an owner's failure.</summary>
    public async Task TransferAsync(BackupSetWriter set)
    {
        await using PartWriter part = await set.BeginPartAsync(
            new NewOwnerPart
            {
                Name = _owner.Name, Kind = _owner.Registration.Kind, DataVersion = _owner.Registration.DataVersion, Sid = _owner.Registration.Sid.Value, Parent = _plan.Parent,
            }, _abort);
        if (Failure is null)
        {
            try
            {
                await HandOverAsync(part);
            }
            catch (DataOwnerException e)
            {
                Failure = e;
            }
        }

        if (Failure is null)
        {
            Ended = true;
            await part.CompleteAsync(Result(_errors.Count > 0 ? PartOutcome.Incomplete : PartOutcome.Succeeded), _abort);
        }
        else
        {
            await part.AbandonAsync(Result(PartOutcome.Failed), _abort);
            await LetGoAsync(_notes);
            Ended = true;
        }

        _operation.Report(OperationPhase.OwnerFinished, _owner.Name, _bytes, _expected);
    }

    public OwnerReport Report(OwnerPart? stored) => new()
    {
        Name = _owner.Name,
        Sid = _owner.Registration.Sid,
        Type = _plan.Parent is null ? BackupIncType.Base : BackupIncType.Increment,
        Outcome = Outcome,
        Error = Failure?.Code ?? ErrorCode.None,
        Grade = Grade,
        Parent = _plan.Parent?.Set.Text,
        DataVersion = _owner.Registration.DataVersion,
        Bytes = stored?.Bytes ?? 0,
        StoredBytes = stored?.StoredBytes ?? 0,
        SnapshotStoredBytes = stored?.Drives.Sum(d => d.Snapshot?.StoredBytes ?? 0) ?? 0,
        Held = Held,
        Checksums = _checksums,
        Why = _plan.Why,
        Notes = [.. _notes],
        Errors = Failure is null ? [.. _errors] : [.. _errors, Failure.Message],
    };

    private OwnerGrade Grade => _owner.IsProxied ? OwnerGrade.Proxy : !_plan.Own || _owner.Session is { HasCallbacks: false } ? OwnerGrade.Quiesced
        : _plan.Parent is null ? OwnerGrade.OwnerBase : OwnerGrade.OwnerIncrement;

    private TimeSpan Held { get; set; }

    /// <summary>Gets the owner ready. Runs beside the other owners' preparation; never throws for an owner's failure.</summary>
    private async Task PrepareAsync()
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            if (NeedsClient)
            {
                await ConnectAsync();
            }

            foreach (OwnerBackup manager in Managers)
            {
                await manager.Ready;
                if (manager.Failure is { } failed)
                {
                    throw failed.AsManagerOf(_owner);
                }
            }

            _readyAt = _operation.Now;
            _operation.Report(OperationPhase.OwnerReady, _owner.Name);
        }
        catch (DataOwnerException e)
        {
            Failure = e;
        }
    }

    private async Task ConnectAsync()
    {
        await _operation.WaitForAsync(_owner, s => s != DataOwnerStatus.NotConnected, "its connection", _abort);
        if (Session.HasCallbacks)
        {
            _notes.AddRange(await OwnerRecovery.RunAsync(_operation, _owner, _abort));
            if (_plan.Own)
            {
                await SupplySnapshotsAsync();
            }
        }
        else if (_plan.Serves)
        {
            throw new DataOwnerException(_owner.Name, "its callbacks", ErrorCode.NotSupported, $"Owner {_owner.Name} has no callbacks; it cannot hand over what it keeps for others.");
        }

        await _operation.WaitForAsync(_owner, s => s is DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl, "its readiness", _abort);
    }

    private async Task SupplySnapshotsAsync()
    {
        try
        {
            if (_plan.Parent is { } parent)
            {
                foreach (DriveNumber drive in _owner.Registration.Drives)
                {
                    await SectionFeed.GiveAsync(_request.Repository, parent, drive, StreamKind.Snapshot,
                        (section, last) => Session.CallAsync(nameof(IActiveBackupDataClient.ReceiveSnapshotDataAsync),
                            (c, t) => c.ReceiveSnapshotDataAsync(drive, section, last, t), _abort), _abort);
                }
            }

            await SayAllSuppliedAsync();
        }
        catch (DataOwnerException e) when (_plan.Parent is not null && (e.Code == ErrorCode.NotSupported || e.Code == ErrorCode.Corrupt))
        {
            await BeginAfreshAsync($"The owner cannot use the snapshot of set {_plan.Parent.Set}: {e.Message}");
        }
        catch (RepositoryException e) when (_plan.Parent is not null && e.Failure is (RepositoryFailure.Damaged or RepositoryFailure.ChainBroken))
        {
            await BeginAfreshAsync($"The snapshot of set {_plan.Parent!.Set} cannot be read: {e.Message}");
        }

        _operation.Report(OperationPhase.SnapshotsSupplied, _owner.Name);
    }

    private ValueTask<bool> SayAllSuppliedAsync() =>
        Session.CallAsync(nameof(IActiveBackupDataClient.AllSnapshotsSuppliedAsync), (c, t) => c.AllSnapshotsSuppliedAsync(t), _abort);

    /// <summary>The snapshot is of no use: the owner drops what it was given and starts again without one, for a base.</summary>
    private async Task BeginAfreshAsync(string why)
    {
        if (_request.Choice == BackupChoice.Increment)
        {
            throw BackupPlan.NeedsBase(_owner, why);
        }

        _plan = _plan with { Parent = null, Why = why };
        await Session.CallAsync(nameof(IActiveBackupDataClient.TerminateMultiStageOperationAsync), (c, t) => c.TerminateMultiStageOperationAsync(t), _abort);
        _operation.BeginSession(_owner);
        await SayAllSuppliedAsync();
    }

    private PartResult Result(PartOutcome outcome) => new()
    {
        Outcome = outcome,
        ErrorCode = Failure?.Code.Value ?? 0,
        Grade = GradeName.Of(Grade),
        Why = _plan.Why,
        Notes = [.. _notes],
        Errors = Failure is null ? [.. _errors] : [.. _errors, Failure.Message],
        HeldMilliseconds = (long)Held.TotalMilliseconds,
    };
}
