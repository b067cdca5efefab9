using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>One owner's course through a backup: connected, snapshots, ready; then its data and its new snapshot. Its failure stays its own.</summary>
internal sealed class OwnerBackup
{
    private readonly BackupOperation _operation;
    private readonly BackupRequest _request;
    private readonly CancellationToken _abort;
    private readonly RegisteredOwner _owner;
    private readonly List<string> _notes = [];
    private readonly List<string> _errors = [];
    private BackupPlan _plan;
    private long _readyAt;
    private long _bytes;
    private long _expected = -1;

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

    public OwnerOutcome Outcome => Failure is not null ? OwnerOutcome.Failed : _errors.Count > 0 ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded;

    private OwnerSession Session => _owner.LiveSession;

    /// <summary>Gets the owner ready. Runs beside the other owners' preparation; never throws for an owner's failure.</summary>
    public async Task PrepareAsync()
    {
        try
        {
            await _operation.WaitForAsync(_owner, s => s != DataOwnerStatus.NotConnected, "its connection", _abort);
            if (Session.HasCallbacks)
            {
                _notes.AddRange(await OwnerRecovery.RunAsync(_operation, _owner, _abort));
                await SupplySnapshotsAsync();
            }

            await _operation.WaitForAsync(_owner, s => s is DataOwnerStatus.Ready or DataOwnerStatus.ReadyNoImpl, "its readiness", _abort);
            _readyAt = _operation.Now;
            _operation.Report(OperationPhase.OwnerReady, _owner.Name);
        }
        catch (DataOwnerException e)
        {
            Failure = e;
        }
    }

    /// <summary>Moves the owner's data into the set. Never throws for an owner's failure.</summary>
    public async Task TransferAsync(BackupSetWriter set)
    {
        await using PartWriter part = await set.BeginPartAsync(
            new NewOwnerPart { Name = _owner.Name, Kind = _owner.Registration.Kind, Sid = _owner.Registration.Sid.Value, Parent = _plan.Parent }, _abort);
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
            await _operation.LetGoAsync(_owner, Failure, _notes);
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
        Bytes = stored?.Bytes ?? 0,
        StoredBytes = stored?.StoredBytes ?? 0,
        SnapshotStoredBytes = stored?.Drives.Sum(d => d.Snapshot?.StoredBytes ?? 0) ?? 0,
        Held = Held,
        Why = _plan.Why,
        Notes = [.. _notes],
        Errors = Failure is null ? [.. _errors] : [.. _errors, Failure.Message],
    };

    private OwnerGrade Grade => _owner.Session is { HasCallbacks: false } ? OwnerGrade.Quiesced
        : _plan.Parent is null ? OwnerGrade.OwnerBase : OwnerGrade.OwnerIncrement;

    private TimeSpan Held { get; set; }

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

    private async Task HandOverAsync(PartWriter part)
    {
        if (Session.HasCallbacks)
        {
            foreach (DriveNumber drive in _owner.Registration.Drives)
            {
                await HandOverDriveAsync(part, drive);
            }

            OwnerRemarks remarks = await Session.TakeRemarksAsync(_abort);
            _notes.AddRange(remarks.Notes);
            _errors.AddRange(remarks.Errors);
            if (remarks.WhyBase is { } why)
            {
                _plan = _plan with { Why = why };
            }
        }

        Held = _operation.Since(_readyAt);
    }

    private async Task HandOverDriveAsync(PartWriter part, DriveNumber drive)
    {
        long size = await Session.CallAsync(nameof(IActiveBackupDataClient.GetExpectedDataSizeAsync), (c, t) => c.GetExpectedDataSizeAsync(drive, t), _abort);
        _expected = size < 0 ? -1 : Math.Max(0, _expected) + size;
        await Session.CallAsync(nameof(IActiveBackupDataClient.InitialiseGetBackupDataAsync), (c, t) => c.InitialiseGetBackupDataAsync(drive, t), _abort);
        _operation.Report(OperationPhase.DataStarted, _owner.Name, _bytes, _expected);

        SectionStreamWriter data = await part.OpenStreamAsync((byte)drive.Index, StreamKind.Data, _abort);
        await TakeAsync(data, nameof(IActiveBackupDataClient.GetBackupDataSectionAsync), (c, b, t) => c.GetBackupDataSectionAsync(b, t), true);
        _operation.Report(OperationPhase.DataFinished, _owner.Name, _bytes, _expected);

        if (!_owner.Registration.SupportsIncremental)
        {
            return;
        }

        SectionStreamWriter snapshot = await part.OpenStreamAsync((byte)drive.Index, StreamKind.Snapshot, _abort);
        try
        {
            await TakeAsync(snapshot, nameof(IActiveBackupDataClient.GetSnapshotDataAsync), (c, b, t) => c.GetSnapshotDataAsync(drive, b, t), false);
        }
        catch (DataOwnerException e) when (e.Code == ErrorCode.NotSupported && snapshot.Bytes == 0)
        {
            _notes.Add($"The owner keeps no snapshot of drive {drive}; its next backup is a base.");
            await snapshot.CompleteAsync(_abort);
        }

        _operation.Report(OperationPhase.SnapshotFinished, _owner.Name, _bytes, _expected);
    }

    /// <summary>Takes sections until the owner says finished; while one is compressed and written the owner fills the next.</summary>
    private async Task TakeAsync(SectionStreamWriter stream, string callback,
        Func<IActiveBackupDataClient, Memory<byte>, CancellationToken, ValueTask<SectionResult>> call, bool counts)
    {
        int empty = 0;
        SectionResult result;
        do
        {
            SectionBuffer buffer = await stream.RentAsync(_abort);
            try
            {
                result = await Session.CallAsync(callback, (c, t) => call(c, buffer.Memory, t), _abort);
            }
            catch (Exception e) when (e is OperationCanceledException or DataOwnerException { Code.Value: -33 or -15 })
            {
                // A callback nobody waits for any more may still write into its buffer: it must not go back to the pool.
                buffer.Forfeit();
                throw;
            }
            catch
            {
                buffer.Dispose();
                throw;
            }

            if (result.Bytes > 0)
            {
                empty = 0;
                await stream.SubmitAsync(buffer, result.Bytes, _abort);
            }
            else
            {
                buffer.Dispose();
                if (!result.Finished && ++empty > _operation.MaxEmptySections)
                {
                    throw new DataOwnerException(_owner.Name, callback, ErrorCode.TimedOut,
                        $"{callback} of owner {_owner.Name} gave {empty} empty sections in a row and no end: that is not progress.");
                }
            }

            if (counts)
            {
                _bytes += result.Bytes;
                _operation.Report(OperationPhase.Section, _owner.Name, _bytes, _expected);
            }
        }
        while (!result.Finished);

        await stream.CompleteAsync(_abort);
    }

    private PartResult Result(PartOutcome outcome) => new()
    {
        Outcome = outcome,
        ErrorCode = Failure?.Code.Value ?? 0,
        Grade = GradeName(Grade),
        Why = _plan.Why,
        Notes = [.. _notes],
        Errors = Failure is null ? [.. _errors] : [.. _errors, Failure.Message],
        HeldMilliseconds = (long)Held.TotalMilliseconds,
    };

    private static string GradeName(OwnerGrade grade) => char.ToLowerInvariant(grade.ToString()[0]) + grade.ToString()[1..];
}
