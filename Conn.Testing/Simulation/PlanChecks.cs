using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Engine;
using Conn.Repository.Sets;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>
/// What must be true of the plan of a restore: every owner that takes part is asked, an owner that knows only an older version is refused, and an owner
/// that refuses, or needs one that does, is left out.
/// </summary>
internal sealed class PlanChecks(SimulationRun run)
{
    private static readonly TimeSpan NoProgress = TimeSpan.FromSeconds(60);

    // Owners whose data, own or kept for others, is in the set in a newer version than they know.
    private readonly HashSet<SimulatedOwner> _newer = [];
    private readonly HashSet<(int Owner, DriveNumber Drive)> _asked = [];

    // The owners that cannot take part after a refusal; and whether a Required one is among them, so that nothing may happen at all.
    private readonly HashSet<SimulatedOwner> _refused = [];

    private OwnerTies Ties => run.Ties;

    public bool IsRefused { get; private set; }

    private string RefusedNames => string.Join(", ", _refused.Select(o => o.Name));

    /// <summary>An operation begins: no owner was asked yet. Finds the owners whose data is in the set in a newer version than they know.</summary>
    public void Begin(BackupSet? restored)
    {
        _newer.Clear();
        _refused.Clear();
        _asked.Clear();
        IsRefused = false;
        foreach (SimulatedOwner owner in run.Owners.Where(o => restored?.Part(o.Sid.Value)?.DataVersion > o.Version
            && (Ties.Serves(o) || (o.Plan.Type != ActiveType.ProxyOnly && Ties.DrivesOf(o).Count > 0 && Ties.Named().Contains(o)))))
        {
            run.Counts.Met(FaultKind.NewerData);
            _newer.Add(owner.Fails(ErrorCode.NotSupported));
        }
    }

    /// <summary>An owner's plan is asked.</summary>
    public async ValueTask AskedAsync(SimulatedOwner owner, DriveNumber drive)
    {
        run.Trace.Add($"{owner.Name} is asked for its plan of drive {drive}");
        if (!run.Host.Mode.IsIdle)
        {
            run.Violated(Invariant.CurrentMode, $"the plan of {owner.Name} is asked while the mode is {run.Host.Mode}");
        }

        if (!Ties.Named().Contains(owner) && !Ties.IsHelper(owner))
        {
            run.Violated(Invariant.OnlyParticipants, $"the plan of {owner.Name} is asked, which takes no part");
        }

        _asked.Add((owner.Number, drive));
        SimulatedOperation asking = run.Current;
        if (owner is { IsBlocked: true, Scheduler: { } thread })
        {
            if (thread.FreeAt - thread.Now >= NoProgress)
            {
                Refuse(owner);
                owner.MaySeemSilent();
            }

            await thread.WhenFree;
        }

        if (asking != run.Current)
        {
            // Given up long ago; what it answers now reaches nobody.
            return;
        }

        foreach (SimulationFault fault in run.Current.Plan.Faults.Where(f => f.Owner == owner.Number))
        {
            switch (fault.Kind)
            {
                case FaultKind.PlanRefuses:
                    run.Met(fault);
                    Refuse(owner);
                    owner.Fails(fault.Amount % 2 == 0 ? fault.Code : ErrorCode.General);
                    throw fault.Amount % 2 == 0 ? new ConnException(fault.Code, "scripted to refuse the restore") : new InvalidOperationException("scripted");
                case FaultKind.PlanHangs:
                    run.Met(fault);
                    Refuse(owner);
                    owner.MaySeemSilent();
                    await new TaskCompletionSource().Task;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>The restore is planned: every owner that has something to take was asked for each drive of it, unless it was left out before.</summary>
    public void CheckAsked()
    {
        if (IsRefused)
        {
            run.Violated(Invariant.OnlyParticipants, $"the restore goes on although {RefusedNames} cannot take part, and a Required owner is among them");
        }

        foreach (SimulatedOwner owner in run.Owners.Where(o => !Ties.Joined(o).Any(j => _newer.Contains(j) || _refused.Contains(j) || PendingChecks.HoldsOthers(j))))
        {
            IEnumerable<DriveNumber> own = Ties.Named().Contains(owner) && owner.Plan.HasOwnData ? Ties.DrivesOf(owner) : DriveList.Empty;
            IEnumerable<DriveNumber> kept = Ties.Named().Where(o => o.Plan.Managers.Contains(owner.Number)).SelectMany(o => Ties.DrivesOf(o));
            foreach (DriveNumber drive in own.Concat(kept).Distinct().Where(d => !_asked.Contains((owner.Number, d))))
            {
                run.Violated(Invariant.OnlyParticipants, $"{owner.Name} takes part in the restore, and was not asked for its plan of drive {drive}");
            }
        }
    }

    /// <summary>Whether the plan leaves an owner out: it refused, knows only an older version, or a committed restore waits for it; or a manager of it is left
    /// out.</summary>
    public bool IsLeftOut(SimulatedOwner owner) => _refused.Contains(owner) || _newer.Contains(owner) || (run.Current.Plan.IsRestore && PendingChecks.HoldsOthers(owner))
        || (Ties.Named().Contains(owner) && Ties.ManagersOf(owner).Exists(IsLeftOut));

    /// <summary>A call after a refusal: none to an owner that is left out, none for it, and none at all when nothing may happen.</summary>
    public void CheckLeftOut(SimulatedOwner owner, OwnerCallKind kind, DriveKey? place)
    {
        if (kind == OwnerCallKind.TerminateMultiStageOperation || (kind == OwnerCallKind.Recover && !IsRefused))
        {
            return;
        }

        if (IsRefused || _refused.Contains(owner) || _refused.Any(o => place is { IsProxied: true } kept && kept.ProxiedOwner == o.Sid))
        {
            run.Violated(Invariant.OnlyParticipants, $"{kind} of {owner.Name} after {RefusedNames} refused");
        }
    }

    /// <summary>A refusal of a Required owner ends the restore as such; after any other the report names the owners that are left out.</summary>
    public void CheckRefused(OperationEnding ending)
    {
        if (IsRefused && ending.Failure is not (OperationRefusedException { Refusal: OperationRefusal.RefusedByOwner } or OperationCanceledException))
        {
            run.Violated(Invariant.NoSurprise, $"{RefusedNames} cannot take part in the restore, and it ended with {ending.Failure?.GetType().Name ?? "a report"}");
        }

        foreach (OwnerReport report in ending.Restore?.Owners.Where(r => r.Outcome != OwnerOutcome.Failed && _refused.Any(o => o.Sid == r.Sid)) ?? [])
        {
            run.Violated(Invariant.Told, $"{report.Name} is left out after a refusal, and reported as {report.Outcome}");
        }
    }

    /// <summary>An owner that would take newer data is refused before anything changes, and so is a restore in which a Required owner depends on it.</summary>
    public void CheckNewer(OperationEnding? ending)
    {
        foreach (SimulatedOwner owner in Ties.Named().Where(o => Ties.Joined(o).Overlaps(_newer)))
        {
            bool asked = owner.Streams.Values.Any(s => s.Given.Count > 0);
            if (asked && (_newer.Contains(owner) || Ties.ManagersOf(owner).Exists(_newer.Contains)))
            {
                run.Violated(Invariant.AllOrNothing, $"{owner.Name} was given data although the set's is newer than it, or a manager of it, knows");
            }

            if (run.Current.IsCommitted && owner.Plan.Policy == OwnerPolicy.Required && _newer.Contains(owner))
            {
                run.Violated(Invariant.AllOrNothing, $"the restore is committed, and {owner.Name}, which is Required, knows the set's version only up to {owner.Version}");
            }
        }

        if (ending?.Failure is OperationRefusedException { Refusal: OperationRefusal.NewerData } refused && _newer.Count == 0)
        {
            run.Violated(Invariant.NoSurprise, refused.Message);
        }
    }

    /// <summary>An owner refuses, for itself and for the owners whose data it keeps.</summary>
    private void Refuse(SimulatedOwner owner)
    {
        Stack<SimulatedOwner> open = new([owner]);
        while (open.TryPop(out SimulatedOwner? next))
        {
            if (_refused.Add(next))
            {
                IsRefused |= Ties.Named().Contains(next) && next.Plan.Policy == OwnerPolicy.Required;
                foreach (SimulatedOwner served in Ties.Named().Where(o => o.Plan.Managers.Contains(next.Number)))
                {
                    open.Push(served);
                }
            }
        }
    }
}
