using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.PubSub;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Testing.Simulation;

/// <summary>What must be true: at every callback, after every operation, after every crash.</summary>
internal sealed partial class SimulationRun
{
    // The scheduler counts every turn as a tick.
    private static readonly TimeSpan AbortBound = TimeSpan.FromSeconds(5.01);

    /// <summary>At a callback: the mode is the operation's, the owner and the drive take part.</summary>
    private void CheckPlace(SimulatedOwner owner, OwnerCallKind kind, DriveKey? place)
    {
        BurMode mode = _host.Mode;
        bool fits = kind switch
        {
            OwnerCallKind.TerminateMultiStageOperation => true,
            OwnerCallKind.AllSnapshotsSupplied or OwnerCallKind.GetExpectedDataSize or OwnerCallKind.GetSnapshotData
                or OwnerCallKind.InitialiseGetBackupData or OwnerCallKind.InitialiseGetProxyBackupData or OwnerCallKind.GetBackupDataSection => mode.IsBackup,
            OwnerCallKind.Begin or OwnerCallKind.ReceiveSnapshotData or OwnerCallKind.Recover or OwnerCallKind.GetDataChecksum => !mode.IsIdle,
            _ => mode.IsRestore,
        };
        if (!fits)
        {
            Violated(Invariant.CurrentMode, $"{kind} of {owner.Name} while the mode is {mode}");
        }

        if (place is { } at && WrongPlace(owner, kind, at) is { } wrong)
        {
            Violated(Invariant.OnlyParticipants, $"{kind} of {owner.Name} for drive {at}, {wrong}");
        }

        if (_going && owner.Pending is null && kind != OwnerCallKind.TerminateMultiStageOperation && !Named().Contains(owner) && !IsHelper(owner))
        {
            Violated(Invariant.OnlyParticipants, $"{kind} of {owner.Name}, which does not take part");
        }
    }

    private async Task CheckAsync(Ending ending, BackupSet? restored, List<BackupSet> before)
    {
        if (_host.Mode != BurMode.Normal)
        {
            Violated(Invariant.AlwaysNormal, $"the operation has ended and the mode is {_host.Mode}");
        }

        if (ending.Failure is OperationCanceledException && _abortedAt is { } aborted && _endedAt - aborted > AbortBound)
        {
            Violated(Invariant.AlwaysNormal, $"the way to Normal took {(_endedAt - aborted)?.TotalSeconds:0.###} s after the abort");
        }

        if (_host.Completions > _host.Published)
        {
            Violated(Invariant.OneCompletion, $"{_host.Completions} completions of {_host.Published} publishes");
        }

        CheckFailure(ending.Failure);

        // A Terminate that waited for a late callback runs in the turn after it.
        await _time.DelayAsync(TimeSpan.FromMilliseconds(1));
        CheckReleased();
        IReadOnlyList<OwnerReport> reports = ending.Backup?.Owners ?? ending.Restore?.Owners ?? [];
        foreach (SimulatedOwner full in reports.Where(r => r.Error == ErrorCode.DiskFull && _storage.WasFull).Select(r => _owners.Single(o => o.Sid == r.Sid)).Where(o => o.Plan.Policy == OwnerPolicy.BestEffort || Serves(o)))
        {
            // The storage was full while it handed over: that ends the part of a best-effort owner, and nothing else.
            Counts.Met(FaultKind.FullDisk);
            Failing(full, ErrorCode.DiskFull);
        }

        foreach (OwnerReport report in reports)
        {
            CheckReport(_owners.Single(o => o.Sid == report.Sid), report);
        }

        await ReconcileAsync(ending, restored, before);
    }

    private void CheckFailure(Exception? failure)
    {
        bool known = failure switch
        {
            null => true,
            OperationCanceledException => _abortedAt is not null,
            OperationRefusedException refused => (refused.Refusal == OperationRefusal.NeedsBase && _operation.Choice == BackupChoice.Increment)
                || refused.Refusal == OperationRefusal.NewerData
                || (refused.Refusal == OperationRefusal.RefusedByOwner && _isRefused)
                || (refused.Refusal == OperationRefusal.InUse && _operation.IsRestore && Named().Any(o => Joined(o).Any(HoldsOthers))),
            RepositoryException { Failure: RepositoryFailure.DiskFull } => _storage.WasFull,
            RepositoryException { Failure: RepositoryFailure.InUse } => Has(FaultKind.RepositoryInUse),
            _ => false,
        };
        if (!known)
        {
            Violated(Invariant.NoSurprise, $"it ended with {Brief(failure!)}");
        }
        else if (failure is RepositoryException { Failure: var what })
        {
            Counts.Met(what == RepositoryFailure.InUse ? FaultKind.RepositoryInUse : FaultKind.FullDisk);
        }
    }

    /// <summary>What failed and where: the rest of the stack says nothing more.</summary>
    private static string Brief(Exception e) => string.Join('\n', e.ToString().Split('\n').Take(8));

    private void CheckReleased()
    {
        foreach (SimulatedOwner owner in _owners.Where(o => o is { Participant: not null, MustRestart: false }))
        {
            if (owner.Connection is { Ended.IsCompleted: false })
            {
                Violated(Invariant.Released, $"{owner.Name} is still connected");
            }

            bool own = _operation.Faults.Any(f => f.Owner == owner.Number && f.Callback == OwnerCallKind.TerminateMultiStageOperation);
            if (owner.Calls is { IsInside: false } && !own && owner.Subject.Held() is { } held)
            {
                Violated(Invariant.Released, held);
            }
        }
    }

    private void CheckReport(SimulatedOwner owner, OwnerReport report)
    {
        CheckChecksums(owner, report);
        if (report.Outcome != OwnerOutcome.Failed)
        {
            return;
        }

        HashSet<SimulatedOwner> joined = Joined(owner);
        int[] codes = [.. joined.SelectMany(o => o.Codes)];
        bool held = _operation.IsRestore && report.Error == ErrorCode.InUse && joined.Any(HoldsOthers);
        if (!held && !joined.Any(o => o.Faulted))
        {
            Violated(Invariant.Contained, $"nothing happened to {owner.Name}, and it is {report.Outcome} with {report.Error}: {string.Join(" | ", report.Errors)}");
        }
        else if (!held && !codes.Contains(report.Error.Value) && !(joined.Any(o => o.MayTimeOut) && (report.Error == ErrorCode.TimedOut || report.Error == ErrorCode.Cancel)))
        {
            Violated(Invariant.Told, $"{owner.Name} is reported with {report.Error}, and failed with {string.Join(", ", codes.Select(c => new ErrorCode(c)))}: {string.Join(" | ", report.Errors)}");
        }
    }
}
