using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Calls;
using Conn.PubSub;
using Conn.Repository.Restores;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of restores that are decided and were cut off: they wait for their owners, and nothing of them is dropped.</summary>
internal sealed partial class SimulationRun
{
    /// <summary>An operation as it was planned, but where decided restores wait: one of those owners alone when the plan says so, and one of them that fails to go on.</summary>
    private PlannedOperation OfPending(PlannedOperation planned)
    {
        SimulatedOwner[] waiting = [.. _owners.Where(o => o.Pending is not null)];
        if (waiting.Length == 0)
        {
            return planned;
        }

        int first = planned.ChangeSeed % waiting.Length;
        IReadOnlyList<SimulationFault> faults = planned.ResumeFails.IsNone ? planned.Faults
            : [.. planned.Faults, new SimulationFault(FaultKind.Leave, waiting[first].Number, OwnerCallKind.ResumeRestore, 0, 1, planned.ResumeFails)];
        return planned.OnlyPending ? planned with { IsRestore = true, Owners = 1u << waiting[^(first + 1)].Number, Faults = faults } : planned with { Faults = faults };
    }

    /// <summary>Whether data may look so although nothing of the present operation put it there: a decided restore was rolled forward, or came late.</summary>
    private static bool MayBecome(SimulatedOwner owner, DriveKey place, string image) =>
        (owner.Pending?.TryGetValue(place, out string? forward) == true && image == forward) || (owner.Late?.TryGetValue(place, out string? late) == true && image == late);

    /// <summary>Whether it has staged, decidedly, what may be other owners' data too: another restore must not come over it.</summary>
    private static bool HoldsOthers(SimulatedOwner owner) => owner.Pending is not null && owner.Plan.Type != ActiveType.ActiveOnly;

    /// <summary>Whether the owner itself said in the present operation that what it had staged is no more; one that cannot prepare need not say it.</summary>
    private static bool SaidGone(SimulatedOwner owner) => owner.Subject.Client.GetExtendedInterface(ExtendedInterfaces.RestorePrepare) is null || owner.ResumeCodes.Concat(owner.Codes).Any(c => c == ErrorCode.NotFound.Value || c == ErrorCode.Corrupt.Value);

    /// <summary>Whether a restore decided before the present operation still waits for an owner.</summary>
    private bool StillWaits(SimulatedOwner owner, IReadOnlyList<RestoreRecord> pending) =>
        pending.Any(r => r.Number <= _lastRestore && r.Owners.Any(o => o.Sid == owner.Sid.Value && !o.Completed));

    private static bool IsNamedAs(SimulatedOwner owner, string what, IReadOnlyList<string>? notes) => notes is not null
        && notes.Any(n => n.StartsWith($"Owner {owner.Name}:", StringComparison.Ordinal) && n.Contains(what, StringComparison.Ordinal));

    /// <summary>Recovery removes what nobody decided. What is decided must be in place by then, or gone.</summary>
    private void CheckRecovery(SimulatedOwner owner, OwnerCallKind kind)
    {
        if (kind == OwnerCallKind.Recover && owner.Pending is { } waiting && !SaidGone(owner) && !waiting.Keys.All(p => owner.InPlace.Contains(p.Drive)))
        {
            Violated(Invariant.AllOrNothing, $"{owner.Name} is told to remove what it has staged, and a decided restore of it waits");
        }
    }

    /// <summary>An owner of whom a decided restore waited: it is in place, replaced, named as lost by what the owner said, or waits on.</summary>
    private void CheckForwarded(SimulatedOwner owner, Dictionary<DriveKey, string> now, IReadOnlyDictionary<DriveKey, string>? wanted,
        IReadOnlyList<RestoreRecord> pending, IReadOnlyList<string>? notes)
    {
        if (owner.Pending is not { } forward || pending.Any(r => r.Owners.Any(o => o.Sid == owner.Sid.Value && !o.Completed)))
        {
            return;
        }

        bool named = IsNamedAs(owner, "cannot be rolled forward", notes);
        bool isPlaced = forward.All(f => now[f.Key] == f.Value || now[f.Key] == wanted?.GetValueOrDefault(f.Key));
        if (!isPlaced && !SaidGone(owner))
        {
            Violated(Invariant.AllOrNothing, $"the decided restore of {owner.Name} is closed, its data is not in place, and it never said that what it had staged is gone: {string.Join(" | ", notes ?? [])}");
        }
        else if (!isPlaced && notes is not null && !named)
        {
            Violated(Invariant.AllOrNothing, $"the decided restore of {owner.Name} is closed, its data is not in place, and nobody was told: {string.Join(" | ", notes)}");
        }
        else if (named && !SaidGone(owner))
        {
            Violated(Invariant.AllOrNothing, $"the decided restore of {owner.Name} is called lost, and the owner never said so: {string.Join(" | ", notes!)}");
        }

        owner.Pending = null;
    }

    /// <summary>With a report, an owner with whom nothing was wrong does not wait on.</summary>
    private void CheckCarriedOn(IReadOnlyList<RestoreRecord> pending)
    {
        foreach (SimulatedOwner owner in _owners.Where(o => o is { Pending: not null, Faulted: false } && StillWaits(o, pending)))
        {
            IEnumerable<RestoreOwner> waiting = pending.Where(r => r.Number <= _lastRestore).SelectMany(r => r.Owners.Where(o => o.Sid == owner.Sid.Value && !o.Completed));
            if (waiting.All(w => _sets[w.Set.Text][owner.Number].Version <= owner.VersionBefore))
            {
                Violated(Invariant.AllOrNothing, $"nothing was wrong with {owner.Name}, and what is decided of it was not put in place");
            }
        }
    }
}
