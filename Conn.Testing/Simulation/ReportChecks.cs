using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.PubSub;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Repository;
using Conn.Testing.Owners;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What must be true when an operation has ended: of the host, of its failure, and of its report.</summary>
internal sealed class ReportChecks(SimulationRun run)
{
    // The scheduler counts every turn as a tick.
    private static readonly TimeSpan AbortBound = TimeSpan.FromSeconds(5.01);

    private OwnerTies Ties => run.Ties;

    /// <summary>The operation has ended, and the power was never lost.</summary>
    public async Task CheckAsync(OperationEnding ending, BackupSet? restored, List<BackupSet> before)
    {
        CheckHost(ending);
        CheckFailure(ending.Failure);

        // A Terminate that waited for a late call runs in the turn after it.
        await run.Time.DelayAsync(TimeSpan.FromMilliseconds(1));
        CheckReleased();
        foreach (SimulatedOwner full in ending.Owners.Where(r => r.Error == ErrorCode.DiskFull && run.WasFull).Select(OwnerOf).Where(o => o.Plan.Policy == OwnerPolicy.BestEffort || Ties.Serves(o)))
        {
            // The storage was full while it handed over: that ends the part of a best-effort owner, and nothing else.
            run.Counts.Met(FaultKind.FullDisk);
            full.Fails(ErrorCode.DiskFull);
        }

        foreach (OwnerReport report in ending.Owners)
        {
            CheckChecksums(OwnerOf(report), report);
            CheckFailed(OwnerOf(report), report);
            run.RemarkChecks.CheckReported(OwnerOf(report), report);
        }

        await run.StoredChecks.ReconcileAsync(ending, restored, before);
    }

    /// <param name="ending">How the operation ended; null after a crash.</param>
    /// <param name="pending">The restore records that are committed and not finished.</param>
    public void CheckReported(OperationEnding? ending, IReadOnlyList<RestoreRecord> pending)
    {
        if (ending is null)
        {
            return;
        }

        run.PlanChecks.CheckRefused(ending);
        run.Deadlines.CheckDeferred(ending);
        if (run.Current.Plan.IsRestore)
        {
            run.OutcomeChecks.CheckDropped(o => (ending.Restore is { } report && run.OutcomeChecks.IsCommitUnknown(report)) || (run.Current.IsCommitted && run.FailureChecks.Main?.FailedBeforeCommit.Contains(o) != true));
        }

        if (ending.Failure is not null)
        {
            return;
        }

        if (ending.Owners.Count != Ties.Named().Count() || Ties.Named().Any(o => ending.Owners.All(r => r.Sid != o.Sid)))
        {
            run.Violated(Invariant.Told, $"asked for were {string.Join(", ", Ties.Named().Select(o => o.Name))}, and reported are {string.Join(", ", ending.Owners.Select(r => r.Name))}");
        }

        foreach (OwnerReport report in ending.Owners)
        {
            CheckUntroubled(report, ending.Restore is { Committed: false } ? OwnerOutcome.Skipped
                : run.RemarkChecks.IsIncomplete(OwnerOf(report)) ? OwnerOutcome.Incomplete : OwnerOutcome.Succeeded);
        }

        if (ending.Restore is { } restored)
        {
            run.OutcomeChecks.CheckCommitted(restored);
            CheckPassedOver(restored);
        }

        if (run.Current.RollsForward)
        {
            run.PendingChecks.CheckCarriedOn(pending);
        }

        run.OutcomeChecks.CheckOutcome(ending, pending);
    }

    /// <summary>Whether an owner may fail with a code: it, or in an operation itself an owner joined with it, failed with this code, or may have seemed
    /// silent.</summary>
    public bool IsExplained(SimulatedOwner owner, ErrorCode code, bool ofResume)
    {
        HashSet<SimulatedOwner> joined = ofResume ? [owner] : Ties.Joined(owner);
        return joined.Any(o => o.Codes.Contains(code.Value)) || (ofResume && (!owner.CanPrepare || owner.HasSaidGone) && owner.ResumeCodes.Contains(code.Value))
            || (joined.Any(o => o.MayTimeOut) && (code == ErrorCode.TimedOut || code == ErrorCode.Cancel))
            || (run.Current.Plan.IsRestore && code == ErrorCode.InUse && joined.Any(PendingChecks.HoldsOthers))
            || (code == ErrorCode.DiskFull && run.WasFull && joined.Any(o => o.Plan.Policy == OwnerPolicy.BestEffort || Ties.Serves(o)));
    }

    private SimulatedOwner OwnerOf(OwnerReport report) => run.Owners.Single(o => o.Sid == report.Sid);

    private void CheckHost(OperationEnding ending)
    {
        if (run.Host.Mode != BurMode.Normal)
        {
            run.Violated(Invariant.AlwaysNormal, $"the operation has ended and the mode is {run.Host.Mode}");
        }

        if (ending.Failure is OperationCanceledException && run.Current.AbortedAt is { } aborted && run.Current.EndedAt - aborted > AbortBound)
        {
            run.Violated(Invariant.AlwaysNormal, $"the way to Normal took {(run.Current.EndedAt - aborted)?.TotalSeconds:0.###} s after the abort");
        }

        if (run.Host.Completions > run.Host.Published)
        {
            run.Violated(Invariant.OneCompletion, $"{run.Host.Completions} completions of {run.Host.Published} publishes");
        }
    }

    private void CheckFailure(Exception? failure)
    {
        PlannedOperation plan = run.Current.Plan;
        bool known = failure switch
        {
            null => true,
            OperationCanceledException => run.Current.AbortedAt is not null,
            OperationRefusedException refused => (refused.Refusal == OperationRefusal.NeedsBase && plan.Choice == BackupChoice.Increment
                    && (run.HasStorageFailed || Ties.Named().Any(o => o.Faulted || !run.StoredChecks.CanContinue(o))))
                || refused.Refusal == OperationRefusal.NewerData
                || (refused.Refusal == OperationRefusal.RefusedByOwner && run.PlanChecks.IsRefused)
                || (refused.Refusal == OperationRefusal.InUse && plan.IsRestore && Ties.Named().Any(o => Ties.Joined(o).Any(PendingChecks.HoldsOthers))),
            RepositoryException { Failure: RepositoryFailure.DiskFull } => run.WasFull,
            RepositoryException { Failure: RepositoryFailure.InUse } => run.Current.Has(FaultKind.RepositoryInUse),
            RepositoryException { Failure: RepositoryFailure.Io or RepositoryFailure.NotPermitted } failed => run.HasStorageFailed && failed.Failure == run.Storage.FailsWith,
            _ => false,
        };
        if (!known)
        {
            run.Violated(Invariant.NoSurprise, $"it ended with {SimulationRun.Brief(failure!)}");
        }
        else if (failure is RepositoryException { Failure: var what and (RepositoryFailure.InUse or RepositoryFailure.DiskFull) })
        {
            run.Counts.Met(what == RepositoryFailure.InUse ? FaultKind.RepositoryInUse : FaultKind.FullDisk);
        }
    }

    /// <summary>The engine cannot reach an owner whose connection is cut: its lease releases it.</summary>
    private void ReleasedByLease(SimulatedOwner owner, ActiveBackupClient connection)
    {
        (SimulatedHost host, DataOwnerParticipant? process) = (run.Host, owner.Participant);
        run.Time.Scheduler.Schedule(TimeSpan.FromSeconds(owner.Plan.LeaseSeconds + 1), () =>
        {
            if (!connection.Ended.IsCompleted && owner is { IsBlocked: false } && owner.Participant == process && host == run.Host && !host.Scheduler.IsDead)
            {
                run.Violated(Invariant.Released, $"{owner.Name} lost its connection and is still prepared after its lease of {owner.Plan.LeaseSeconds} s");
            }
        });
    }

    private void CheckReleased()
    {
        foreach (SimulatedOwner owner in run.Owners.Where(o => o is { Participant: not null, MustRestart: false }))
        {
            if (owner is { Connection: { Ended.IsCompleted: false } left, Socket.IsCut: true })
            {
                ReleasedByLease(owner, left);
                continue;
            }

            if (owner.Connection is { Ended.IsCompleted: false })
            {
                run.Violated(Invariant.Released, $"{owner.Name} is still connected");
            }

            bool own = run.Current.Plan.Faults.Any(f => f.Owner == owner.Number && f.Callback == OwnerCallKind.TerminateMultiStageOperation);
            if (owner is { Calls.IsInside: false, IsBlocked: false } && !own && owner.Subject.Held() is { } held)
            {
                run.Violated(Invariant.Released, $"{owner.Name} must hold nothing when an operation has ended, and it says: {held.TrimEnd('.')}");
            }
        }
    }

    /// <summary>An owner that is reported as failed has failed, or an owner joined with it; and with a code of that failure.</summary>
    private void CheckFailed(SimulatedOwner owner, OwnerReport report)
    {
        run.OutcomeChecks.CheckReported(owner, report);
        if (report.Outcome != OwnerOutcome.Failed)
        {
            return;
        }

        if (!IsExplained(owner, report.Error, ofResume: false))
        {
            HashSet<SimulatedOwner> joined = Ties.Joined(owner);
            run.Violated(joined.Any(o => o.Faulted) ? Invariant.Told : owner.HasOwnFault ? Invariant.OwnFault : Invariant.Contained, $"{owner.Name} is {report.Outcome} with {report.Error}, and it, or an owner joined with it, failed with "
                + $"{string.Join(", ", joined.SelectMany(o => o.Codes).Select(c => new ErrorCode(c)))}: {string.Join(" | ", report.Errors)}");
        }
    }

    /// <summary>An owner with which, and with whose managers, nothing was wrong is complete; that it did not fail is checked elsewhere.</summary>
    private void CheckUntroubled(OwnerReport report, OwnerOutcome expected)
    {
        if (report.Outcome != expected && report.Outcome != OwnerOutcome.Failed && !Ties.Joined(OwnerOf(report)).Any(o => o.Faulted || o.Subject is not ScriptedSubject))
        {
            run.Violated(Invariant.Outcome, $"nothing happened to {report.Name}, and it is {report.Outcome} instead of {expected}: {string.Join(" | ", report.Errors)}");
        }
    }

    /// <summary>A restore that names no owners says which it passes over because the set holds nothing of them.</summary>
    private void CheckPassedOver(RestoreReport report)
    {
        foreach (OwnerPart part in run.Current.Plan.AllStored ? run.Current.Restored!.Parts.Where(p => !p.IsStored) : [])
        {
            run.Counts.Met(FaultKind.NoOwnersNamed);
            if (!report.Notes.Any(n => n.StartsWith($"Owner {part.Name} ", StringComparison.Ordinal)))
            {
                run.Violated(Invariant.Told, $"the set holds nothing of {part.Name}, and the report of the restore does not say so: {string.Join(" | ", report.Notes)}");
            }
        }
    }

    /// <summary>Checksums that were asked for are those of the data as it is now; none are reported unasked.</summary>
    private void CheckChecksums(SimulatedOwner owner, OwnerReport report)
    {
        if (!run.Current.Plan.Checksums && report.Checksums.Count > 0)
        {
            run.Violated(Invariant.OnlyParticipants, $"{owner.Name} is reported with checksums, and the request does not want them");
        }

        bool hasAll = report.Outcome == OwnerOutcome.Succeeded || (report.Outcome == OwnerOutcome.Incomplete && !owner.Faulted);
        if (!hasAll || !run.Current.Plan.Checksums || !owner.Plan.HasOwnData || owner.Subject is not ScriptedSubject subject)
        {
            return;
        }

        foreach (DriveNumber drive in Ties.DrivesOf(owner))
        {
            uint? reported = report.Checksums.TryGetValue(drive, out uint value) ? value : null;
            if (reported != subject.Checksum(drive))
            {
                run.Violated(Invariant.SameBytes, $"{owner.Name}, drive {drive}: the checksum is {subject.Checksum(drive)}, and {(reported is null ? "none" : reported.ToString())} is reported");
            }
        }
    }
}
