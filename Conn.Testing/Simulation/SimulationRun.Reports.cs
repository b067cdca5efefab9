using Conn.ActiveBackup.Contract;
using Conn.Engine.Reports;
using Conn.Repository.Restores;
using Conn.Repository.Sets;
using Conn.Testing.Owners;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of a report: who is in it, what became of each, and what the whole is called.</summary>
internal sealed partial class SimulationRun
{
    private bool CarriesOn => !_operation.IsRestore || _inPlace;

    private OwnerPolicy PolicyOf(OwnerReport report) => _owners.Single(o => o.Sid == report.Sid).Plan.Policy;

    /// <param name="ending">How the operation ended; none after a crash.</param>
    /// <param name="pending">What is decided and not carried through.</param>
    private void CheckReported(Ending? ending, IReadOnlyList<RestoreRecord> pending)
    {
        if (ending is null)
        {
            return;
        }

        CheckRefused(ending);
        if ((ending.Backup?.Owners ?? ending.Restore?.Owners) is not { } reports)
        {
            return;
        }

        if (reports.Count != Named().Count() || Named().Any(o => reports.All(r => r.Sid != o.Sid)))
        {
            Violated(Invariant.Told, $"asked for were {string.Join(", ", Named().Select(o => o.Name))}, and told of are {string.Join(", ", reports.Select(r => r.Name))}");
        }

        foreach (OwnerReport report in reports)
        {
            CheckUntroubled(report, ending.Restore is { Committed: false } ? OwnerOutcome.Skipped : OwnerOutcome.Succeeded);
        }

        if (ending.Restore is { } restored)
        {
            CheckDecision(restored);
        }

        if (CarriesOn)
        {
            CheckCarriedOn(pending);
        }

        CheckOutcome(ending, reports, pending);
    }

    /// <summary>An owner with whom, and with whose managers, nothing was wrong is whole; that it did not fail is looked at elsewhere.</summary>
    private void CheckUntroubled(OwnerReport report, OwnerOutcome expected)
    {
        HashSet<SimulatedOwner> joined = Joined(_owners.Single(o => o.Sid == report.Sid));
        if (report.Outcome != expected && report.Outcome != OwnerOutcome.Failed && !joined.Any(o => o.Faulted || o.Subject is not ScriptedSubject))
        {
            Violated(Invariant.Outcome, $"nothing happened to {report.Name}, and it is {report.Outcome} instead of {expected}: {string.Join(" | ", report.Errors)}");
        }
    }

    /// <summary>A restore is decided unless a Required owner failed, or everybody; nobody is restored without the decision, nobody passed over with it.</summary>
    private void CheckDecision(RestoreReport report)
    {
        bool mayStop = report.Owners.All(r => r.Outcome == OwnerOutcome.Failed) || report.Owners.Any(r => r.Outcome == OwnerOutcome.Failed && PolicyOf(r) == OwnerPolicy.Required);
        bool fits = report.Committed ? report.Owners.All(r => r.Outcome != OwnerOutcome.Skipped)
            : mayStop && report.Owners.All(r => r.Outcome is OwnerOutcome.Skipped or OwnerOutcome.Failed);
        if (!fits)
        {
            Violated(Invariant.AllOrNothing, $"committed: {report.Committed}, with {Told(report.Owners)}");
        }
    }

    /// <summary>An operation is called what its owners' outcomes make of it, and Failed when an earlier restore could not be carried on for somebody.</summary>
    private void CheckOutcome(Ending ending, IReadOnlyList<OwnerReport> reports, IReadOnlyList<RestoreRecord> pending)
    {
        bool decided = ending.Restore is not { Committed: false };
        OperationOutcome outcome = ending.Backup?.Outcome ?? ending.Restore!.Outcome;
        OperationOutcome expected = Called(reports, decided);
        IReadOnlyList<string> notes = ending.Backup?.Notes ?? ending.Restore!.Notes;
        foreach (SimulatedOwner left in _owners.Where(o => CarriesOn && o.Pending is not null && (StillWaits(o, pending) || IsNamedAs(o, "cannot be rolled forward", notes) || IsNamedAs(o, "could not be rolled forward now", notes))))
        {
            OwnerReport? anew = ending.Restore is { Committed: true } ? reports.FirstOrDefault(r => r.Sid == left.Sid) : null;
            if (anew is { Outcome: OwnerOutcome.Failed } && left.Plan.IsProxied)
            {
                // Its own data may be in place all the same, and only a manager's not: a report does not tell.
                return;
            }

            expected = anew is { Outcome: not OwnerOutcome.Failed } ? expected : OperationOutcome.Failed;
        }

        if (outcome != expected)
        {
            Violated(Invariant.Outcome, $"it is {outcome} instead of {expected}, with {Told(reports)}: {string.Join(" | ", notes)}");
        }
    }

    /// <summary>A set is called what became of its owners in it; what else went wrong is not said of a set.</summary>
    private void CheckStoredOutcome(BackupSet set, BackupReport? report)
    {
        SetOutcome? expected = report is null ? null : Called(report.Owners, decided: true) switch
        {
            OperationOutcome.Succeeded => SetOutcome.Succeeded,
            OperationOutcome.Partial => SetOutcome.Partial,
            _ => SetOutcome.Failed,
        };
        if (expected is not null && set.Outcome != expected)
        {
            Violated(Invariant.Outcome, $"the set is stored as {set.Outcome} instead of {expected}, with {Told(report!.Owners)}");
        }
    }

    private OperationOutcome Called(IReadOnlyList<OwnerReport> reports, bool decided) =>
        reports.Any(r => r.Outcome == OwnerOutcome.Failed && (!decided || PolicyOf(r) == OwnerPolicy.Required)) ? OperationOutcome.Failed
        : reports.Any(r => r.Outcome != OwnerOutcome.Succeeded) ? OperationOutcome.Partial : OperationOutcome.Succeeded;

    private static string Told(IReadOnlyList<OwnerReport> reports) => string.Join(", ", reports.Select(r => $"{r.Name} {r.Outcome}"));
}
