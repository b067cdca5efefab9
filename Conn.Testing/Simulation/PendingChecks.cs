using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.Repository.Restores;
using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>What must be true of restores that are committed and not finished: they wait for their owners, and nothing of them is dropped.</summary>
internal sealed class PendingChecks(SimulationRun run)
{
    /// <summary>The number of the newest restore record before the present operation.</summary>
    public long LastRestore { get; set; }

    /// <summary>Whether data may look so although the present operation did not put it there: a committed restore was rolled forward, or came late.</summary>
    public static bool MayBecome(SimulatedOwner owner, DriveKey place, string image) =>
        (owner.Pending?.TryGetValue(place, out string? forward) == true && StoredModel.Fits(image, forward)) || (owner.Late?.TryGetValue(place, out string? late) == true && StoredModel.Fits(image, late));

    /// <summary>Whether a committed restore waits for an owner that keeps data of others: another restore would overwrite it.</summary>
    public static bool HoldsOthers(SimulatedOwner owner) => owner.Pending is not null && owner.Plan.Type != ActiveType.ActiveOnly;

    /// <summary>Whether a committed restore waits for an owner although all of it is in place: only the record of that is missing. The program of the owner has
    /// gone on with the restored data, which may change.</summary>
    public static bool IsInPlace(SimulatedOwner owner) => owner is
    {
        Pending: not null, IsPendingInPlace: true, Late: null, CanPrepare: true, Calls: not { IsInside: true },
    };

    public static bool IsNamedAs(SimulatedOwner owner, string what, IReadOnlyList<string>? notes) => notes is not null
        && notes.Any(n => n.StartsWith($"Owner {owner.Name}:", StringComparison.Ordinal) && n.Contains(what, StringComparison.Ordinal));

    /// <summary>
    /// An operation as it was planned; where committed restores wait, it may become a restore of one of those owners alone, and one of them may fail to
    /// roll forward.
    /// </summary>
    public PlannedOperation Adapt(PlannedOperation planned)
    {
        SimulatedOwner[] waiting = [.. run.Owners.Where(o => o.Pending is not null)];
        if (waiting.Length == 0)
        {
            return planned;
        }

        int first = planned.ChangeSeed % waiting.Length;
        IReadOnlyList<SimulationFault> faults = planned.ResumeFails.IsSuccess ? planned.Faults
            : [.. planned.Faults, new SimulationFault(FaultKind.Leave, waiting[first].Number, OwnerCallKind.ResumeRestore, 0, 1, planned.ResumeFails)];
        return planned.OnlyPending ? planned with { IsRestore = true, AllStored = false, Owners = 1u << waiting[^(first + 1)].Number, Faults = faults } : planned with { Faults = faults };
    }

    /// <summary>Whether a restore committed before the present operation still waits for an owner.</summary>
    public bool StillWaits(SimulatedOwner owner, IReadOnlyList<RestoreRecord> pending) =>
        pending.Any(r => r.Number <= LastRestore && r.Owners.Any(o => o.Sid == owner.Sid.Value && !o.Completed));

    /// <summary>Recovery removes what is not committed. What is committed must be in place by then, or gone.</summary>
    public void CheckRecovery(SimulatedOwner owner, OwnerCallKind kind)
    {
        if (kind == OwnerCallKind.Recover && owner.Pending is { } waiting && !SaidGone(owner) && !waiting.Keys.All(p => owner.InPlace.Contains(p.Drive)))
        {
            run.Violated(Invariant.AllOrNothing, $"{owner.Name} is called to remove what it has staged, and a committed restore of it waits");
        }
    }

    /// <summary>A committed restore is rolled forward with a token that the owner itself has returned.</summary>
    public void CheckToken(SimulatedOwner owner, in OwnerCall call)
    {
        if (call.Kind == OwnerCallKind.ResumeRestore && !owner.Tokens.Contains(Convert.ToHexString(call.Section.Span)) && owner.CanPrepare)
        {
            run.Violated(Invariant.SameBytes, $"{owner.Name} is called with the token {Convert.ToHexString(call.Section.Span)}, which it has never returned");
        }
    }

    /// <summary>An owner for which a committed restore waited: it is in place, replaced, named as lost because the owner said so, or waits on.</summary>
    public void CheckForwarded(SimulatedOwner owner, Dictionary<DriveKey, string> now, IReadOnlyDictionary<DriveKey, string>? wanted,
        IReadOnlyList<RestoreRecord> pending, long newest, OperationEnding? ending)
    {
        bool waits = pending.Any(r => r.Owners.Any(o => o.Sid == owner.Sid.Value && !o.Completed));
        if (owner.Pending is not { } forward || waits)
        {
            owner.HasSaidGone |= owner.Pending is not null && SaidGone(owner);
            owner.WasPendingPlaced |= owner.Pending?.All(f => StoredModel.Fits(now[f.Key], f.Value)) == true;
            return;
        }

        owner.Pending = null;
        if (ending is null && owner.IsPendingUncertain && newest < owner.PendingRecord)
        {
            // The loss of power took the record away.
            return;
        }

        bool named = IsNamedAs(owner, "cannot be rolled forward", ending?.Notes);
        // A restore of this operation replaces it; of a drive that is not registered any more nothing is restored.
        bool isReplaced = wanted is { Count: > 0 };
        bool isPlaced = owner.WasPendingPlaced || forward.All(f => StoredModel.Fits(now[f.Key], f.Value)
            || (isReplaced && (!wanted!.TryGetValue(f.Key, out string? image) || StoredModel.Fits(now[f.Key], image))));
        string notes = string.Join(" | ", ending?.Notes ?? []);
        if (!isPlaced && !SaidGone(owner))
        {
            run.Violated(Invariant.AllOrNothing, $"the committed restore of {owner.Name} is closed, its data is not in place, and it never said that what it had staged is gone: {notes}");
        }
        else if (!isPlaced && ending is not null && !named)
        {
            run.Violated(Invariant.AllOrNothing,
                $"the committed restore of {owner.Name} is closed, its data is not in place, and {(ending.Failure is null ? "the report does not say so" : "the operation ended without a report")}: {notes}");
        }
        else if (named && !SaidGone(owner))
        {
            run.Violated(Invariant.AllOrNothing, $"the committed restore of {owner.Name} is called lost, and the owner never said so: {notes}");
        }
    }

    /// <summary>With a report, an owner with which nothing was wrong does not wait on.</summary>
    public void CheckCarriedOn(IReadOnlyList<RestoreRecord> pending)
    {
        foreach (SimulatedOwner owner in run.Owners.Where(o => o is { Pending: not null, Faulted: false } && StillWaits(o, pending)))
        {
            IEnumerable<RestoreOwner> waiting = pending.Where(r => r.Number <= LastRestore).SelectMany(r => r.Owners.Where(o => o.Sid == owner.Sid.Value && !o.Completed));
            if (waiting.All(w => run.Sets[w.Set.Text][owner.Number].Version <= owner.VersionBefore))
            {
                run.Violated(Invariant.AllOrNothing, $"nothing was wrong with {owner.Name}, and its committed restore was not put in place");
            }
        }
    }

    /// <summary>Whether the owner was scripted to say, now or since the restore waits, that what it had staged is gone; one that cannot prepare need not say
    /// it.</summary>
    private static bool SaidGone(SimulatedOwner owner) => !owner.CanPrepare || owner.HasSaidGone
        || owner.Codes.Any(c => c == ErrorCode.NotFound.Value || c == ErrorCode.Corrupt.Value);
}
