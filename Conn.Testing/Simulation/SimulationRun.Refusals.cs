using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Calls;
using Conn.Engine.Operations;
using Conn.Engine.Reports;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of plans: everybody who takes part is asked, and who refuses, or needs one that does, is left out.</summary>
internal sealed partial class SimulationRun
{
    private readonly HashSet<(int Owner, DriveNumber Drive)> _asked = [];

    // Those that cannot take part after a refusal; and whether a Required one is among them, so that nothing may happen at all.
    private readonly HashSet<SimulatedOwner> _refused = [];
    private bool _isRefused;

    /// <summary>An owner says no, for itself and for those whose data it keeps.</summary>
    private void Refuse(SimulatedOwner owner)
    {
        Stack<SimulatedOwner> open = new([owner]);
        while (open.TryPop(out SimulatedOwner? next))
        {
            if (_refused.Add(next))
            {
                _isRefused |= Named().Contains(next) && next.Plan.Policy == OwnerPolicy.Required;
                foreach (SimulatedOwner served in Named().Where(o => o.Plan.Managers.Contains(next.Number)))
                {
                    open.Push(served);
                }
            }
        }
    }

    /// <summary>The restore is planned: who has something to take was asked for each drive of it, unless it had fallen out before.</summary>
    private void CheckAsked()
    {
        if (_isRefused)
        {
            Violated(Invariant.OnlyParticipants, $"the restore goes on although {string.Join(", ", _refused.Select(o => o.Name))} cannot take part, and a Required one is among them");
        }

        foreach (SimulatedOwner owner in _owners.Where(o => !Joined(o).Any(j => _newer.Contains(j) || _refused.Contains(j) || HoldsOthers(j))))
        {
            IEnumerable<DriveNumber> own = Named().Contains(owner) && owner.Plan.HasOwnData ? owner.Subject.Drives : DriveList.Empty;
            IEnumerable<DriveNumber> kept = Named().Where(o => o.Plan.Managers.Contains(owner.Number)).SelectMany(o => o.Subject.Drives);
            foreach (DriveNumber drive in own.Concat(kept).Distinct().Where(d => !_asked.Contains((owner.Number, d))))
            {
                Violated(Invariant.OnlyParticipants, $"{owner.Name} takes part in the restore, and was not asked for its plan of drive {drive}");
            }
        }
    }

    /// <summary>A callback after a refusal: none to who is left out, none for it, and none at all when nothing may happen.</summary>
    private void CheckLeftOut(SimulatedOwner owner, OwnerCallKind kind, DriveKey? place)
    {
        if (kind == OwnerCallKind.TerminateMultiStageOperation || (kind == OwnerCallKind.Recover && !_isRefused))
        {
            return;
        }

        if (_isRefused || _refused.Contains(owner) || _refused.Any(o => place is { IsProxied: true } kept && kept.ProxiedOwner == o.Sid))
        {
            Violated(Invariant.OnlyParticipants, $"{kind} of {owner.Name} after {string.Join(", ", _refused.Select(o => o.Name))} fell out with a refusal");
        }
    }

    /// <summary>A refusal of a Required owner ends the restore as such; after any other the report names who is left out.</summary>
    private void CheckRefused(Ending ending)
    {
        if (_isRefused && ending.Failure is not (OperationRefusedException { Refusal: OperationRefusal.RefusedByOwner } or OperationCanceledException))
        {
            Violated(Invariant.NoSurprise, $"{string.Join(", ", _refused.Select(o => o.Name))} cannot take part in the restore, and it ended with {ending.Failure?.GetType().Name ?? "a report"}");
        }

        foreach (OwnerReport report in ending.Restore?.Owners.Where(r => r.Outcome != OwnerOutcome.Failed && _refused.Any(o => o.Sid == r.Sid)) ?? [])
        {
            Violated(Invariant.Told, $"{report.Name} is left out after a refusal, and reported as {report.Outcome}");
        }
    }
}
