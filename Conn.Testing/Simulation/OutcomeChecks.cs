using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>An operation and a set are called what became of their owners, and a restore is committed exactly when it may be.</summary>
internal sealed class OutcomeChecks(SimulationRun run)
{
    /// <summary>A set is called what became of its owners in it; a set does not say what else went wrong.</summary>
    public void CheckStoredOutcome(BackupSet set, BackupReport? report)
    {
        SetOutcome? expected = report is null ? null : Called(report.Owners, committed: true) switch
        {
            OperationOutcome.Succeeded => SetOutcome.Succeeded,
            OperationOutcome.Partial => SetOutcome.Partial,
            _ => SetOutcome.Failed,
        };
        if (expected is not null && set.Outcome != expected)
        {
            run.Violated(Invariant.Outcome, $"the set is stored as {set.Outcome} instead of {expected}, with {Outcomes(report!.Owners)}");
        }
    }

    /// <summary>A restore is committed unless a Required owner failed, or every owner did; no owner is restored without the commit, none is passed over with
    /// it.</summary>
    public void CheckCommitted(RestoreReport report)
    {
        if (IsCommitUnknown(report))
        {
            foreach (SimulatedOwner owner in report.Owners.Where(r => r.Outcome == OwnerOutcome.Skipped).Select(OwnerOf).Where(o => o.HasTakenData && run.FailureChecks.Main?.Prepared.Contains(o) != true))
            {
                run.Violated(Invariant.AllOrNothing, $"{owner.Name} has not kept what it has prepared, and the restore may be committed");
            }
        }

        bool mayStop = report.Owners.All(r => r.Outcome == OwnerOutcome.Failed) || report.Owners.Any(r => r.Outcome == OwnerOutcome.Failed && PolicyOf(r) == OwnerPolicy.Required);
        bool fits = report.Committed ? report.Owners.All(r => r.Outcome != OwnerOutcome.Skipped)
            : (mayStop || IsCommitUnknown(report)) && report.Owners.All(r => r.Outcome is OwnerOutcome.Skipped or OwnerOutcome.Failed);
        if (!fits)
        {
            run.Violated(Invariant.AllOrNothing, $"committed: {report.Committed}, with {Outcomes(report.Owners)}");
        }
    }

    /// <summary>An operation is called what its owners' outcomes make of it, and Failed when an earlier restore could not be rolled forward for an
    /// owner.</summary>
    public void CheckOutcome(OperationEnding ending, IReadOnlyList<RestoreRecord> pending)
    {
        OperationOutcome outcome = ending.Backup?.Outcome ?? ending.Restore!.Outcome;
        OperationOutcome expected = ending.Restore is { } restored && IsCommitUnknown(restored) ? OperationOutcome.Failed : Called(ending.Owners, ending.Restore is not { Committed: false });
        foreach (SimulatedOwner left in run.Owners.Where(o => run.Current.RollsForward && o.Pending is not null && (run.PendingChecks.StillWaits(o, pending)
            || PendingChecks.IsNamedAs(o, "cannot be rolled forward", ending.Notes) || PendingChecks.IsNamedAs(o, "could not be rolled forward now", ending.Notes))))
        {
            OwnerReport? again = ending.Restore is { Committed: true } ? ending.Owners.FirstOrDefault(r => r.Sid == left.Sid) : null;
            if (again is { Outcome: OwnerOutcome.Failed } && left.Plan.IsProxied)
            {
                // Its own data may be in place all the same, and only a manager's not: a report does not say.
                return;
            }

            expected = again is { Outcome: not OwnerOutcome.Failed } ? expected : OperationOutcome.Failed;
        }

        if (outcome != expected)
        {
            run.Violated(Invariant.Outcome, $"it is {outcome} instead of {expected}, with {Outcomes(ending.Owners)}: {string.Join(" | ", ending.Notes!)}");
        }
    }

    /// <summary>Whether a restore ended without knowing whether it is committed: the storage failed, and nothing else kept it from its commit.</summary>
    public bool IsCommitUnknown(RestoreReport report) => !report.Committed && run.HasStorageFailed && run.Current.Plan.InPlace && run.FailureChecks.Main is { IsCommitTried: true };

    /// <summary>The report of an owner says what the step said when it failed; and an owner that no step and no plan called failed, itself or a manager of it,
    /// has not.</summary>
    public void CheckReported(SimulatedOwner owner, OwnerReport report)
    {
        if (run.FailureChecks.Main is { } span && span.Failed.TryGetValue(owner, out (TimeSpan At, ErrorCode Code) failed))
        {
            if (report.Outcome != OwnerOutcome.Failed || report.Error != failed.Code)
            {
                run.Violated(Invariant.Told, $"{owner.Name} failed with {failed.Code}, and is reported as {report.Outcome} with {report.Error}");
            }
        }
        else if (run.FailureChecks.Main?.FailedLater.Contains(owner) == true && report.Outcome == OwnerOutcome.Succeeded)
        {
            run.Violated(Invariant.Told, $"{owner.Name} failed after its data was in place, and is reported as {report.Outcome}");
        }
        else if (report.Outcome == OwnerOutcome.Failed && !run.PlanChecks.IsLeftOut(owner) && !(run.Current.Plan.IsRestore && run.Ties.ManagersOf(owner).Exists(m => run.FailureChecks.Main?.Failed.ContainsKey(m) == true)))
        {
            run.Violated(Invariant.Told, $"{owner.Name} is reported as failed with {report.Error}, and no step said so");
        }
    }

    /// <summary>An owner that could be called has dropped what it had prepared, unless its restore is committed, or may be.</summary>
    /// <param name="mayBeCommitted">Says whether the restore of an owner may be committed.</param>
    public void CheckDropped(Func<SimulatedOwner, bool> mayBeCommitted)
    {
        foreach (SimulatedOwner owner in run.FailureChecks.Main?.Prepared.Where(o => o is { Participant: not null, MustRestart: false, MayTimeOut: false, IsBlocked: false, Pending: null, CanPrepare: true, Calls: not { IsInside: true } }) ?? [])
        {
            if (!mayBeCommitted(owner))
            {
                run.Violated(Invariant.Released, $"{owner.Name} still has what it prepared, and the restore is not committed");
            }
        }
    }

    private SimulatedOwner OwnerOf(OwnerReport report) => run.Owners.Single(o => o.Sid == report.Sid);

    private OwnerPolicy PolicyOf(OwnerReport report) => OwnerOf(report).Plan.Policy;

    private OperationOutcome Called(IReadOnlyList<OwnerReport> reports, bool committed) =>
        reports.Any(r => r.Outcome == OwnerOutcome.Failed && (!committed || PolicyOf(r) == OwnerPolicy.Required)) ? OperationOutcome.Failed
        : reports.Any(r => r.Outcome != OwnerOutcome.Succeeded) ? OperationOutcome.Partial : OperationOutcome.Succeeded;

    private static string Outcomes(IReadOnlyList<OwnerReport> reports) => string.Join(", ", reports.Select(r => $"{r.Name} {r.Outcome}"));
}
