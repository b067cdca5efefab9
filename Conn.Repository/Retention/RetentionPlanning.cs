using Conn.Repository.Restores;
using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Makes the plan of a prune from a catalog. Reads nothing.</summary>
internal sealed class RetentionPlanning(SetCatalog catalog, IReadOnlyList<RestoreRecord> pending, RetentionRequest request, DateTimeOffset now)
{
    private readonly SetList _sets = catalog.Sets;

    /// <exception cref="RepositoryException">A set or a record cannot be read, and what it needs is not known.</exception>
    public RetentionPlan Make()
    {
        RequireReadable();
        RetentionInput input = new()
        {
            Sets = [.. _sets], Policy = request.Policy, Now = now, TimeZone = request.TimeZone, Owners = request.Owners, Pins = [.. Pins()],
        };
        IReadOnlyList<RetainedSet> sets = RetentionRules.Apply(input);
        return new RetentionPlan { Now = now, Request = request, Sets = sets, Hidden = Hidden(sets), All = _sets, NewBaseFrees = NewBaseFrees(input, sets) };
    }

    private void RequireReadable()
    {
        if (_sets.Problems.FirstOrDefault(static problem => !problem.IsOfMark) is { } problem)
        {
            throw new RepositoryException(problem.Failure,
                $"Nothing was pruned, because it cannot be said what is needed: {problem.Set}: {problem.What} Verify the repository, and mend that set or forget it first.", problem.Set);
        }
    }

    private IEnumerable<(SetId, RetentionReason)> Pins()
    {
        IEnumerable<(SetId, RetentionReason)> held = _sets.MarkCatalog.Marks.Values.Where(static mark => mark.Kind == SetMarkKind.Held)
            .Select(static mark => (mark.Set, new RetentionReason(RetentionRule.Held)));
        IEnumerable<(SetId, RetentionReason)> unknown = _sets.MarkCatalog.Unreadable.Select(static set => (set, new RetentionReason(RetentionRule.UnknownMark)));
        return held.Concat(unknown).Concat(OfRestores());
    }

    private IEnumerable<(SetId, RetentionReason)> OfRestores()
    {
        foreach (RestoreOwner owner in pending.SelectMany(static restore => restore.Owners.Where(static owner => !owner.Completed)))
        {
            yield return (owner.Set, new RetentionReason(RetentionRule.Restore, owner.Name));
        }

        // After a restore in place the next increment continues the restored set, which may be an old one.
        foreach (RestoreOwner owner in catalog.Restores.SelectMany(static restore => restore.Owners).Where(static owner => owner.ChangesParent).DistinctBy(static owner => owner.Sid))
        {
            OwnerPart? parent = PartChains.FindParent(catalog, _sets.All, owner.Sid);
            if (parent is not null && parent.Set != PartChains.FindParent(null, _sets.All, owner.Sid)?.Set)
            {
                yield return (parent.Set, new RetentionReason(RetentionRule.Restore, parent.Name));
            }
        }
    }

    // The newest set of all is never deleted: from its sequence an index that is rebuilt learns which sequences were used.
    private IReadOnlyList<HiddenSet> Hidden(IReadOnlyList<RetainedSet> visible)
    {
        DateTimeOffset limit = request.Grace.Before(now);
        HashSet<SetId> due = [.. _sets.Hidden
            .Where(set => set.Sequence < catalog.Index.LastSequence && (request.Grace.IsZero || _sets.MarkOf(set.Id)!.Time <= limit))
            .Select(static set => set.Id)];
        // What is needed: each part that is kept for itself or was hidden lately, and from there each parent. Parents have lower sequences than their children, so
        // one pass is enough.
        HashSet<SetId> restored = [.. OfRestores().Select(static restore => restore.Item1)];
        due.ExceptWith(restored);
        HashSet<(SetId Set, uint Sid)> needed =
        [
            .. visible.SelectMany(static set => set.Set.Parts.Where(set.Keeps)).Select(static part => (part.Set, part.Sid)),
            .. _sets.Hidden.Where(set => !due.Contains(set.Id)).SelectMany(static set => set.Parts).Select(static part => (part.Set, part.Sid)),
        ];
        foreach (OwnerPart part in _sets.All.Reverse().SelectMany(static set => set.Parts).Where(static part => part is { IsStored: true, Parent: not null }))
        {
            if (needed.Contains((part.Set, part.Sid)))
            {
                needed.Add((part.Parent!.Value, part.Sid));
                due.Remove(part.Parent.Value);
            }
        }

        return [.. _sets.Hidden.Select(set => new HiddenSet(set, _sets.MarkOf(set.Id)!.Time, due.Contains(set.Id)))];
    }

    private static long NewBaseFrees(RetentionInput input, IReadOnlyList<RetainedSet> sets)
    {
        List<OwnerPart> owners = [.. input.Sets.SelectMany(static set => set.Parts).Where(part => part.IsStored && input.Owners?.Contains(part.Name) != false)
            .Reverse().DistinctBy(static part => part.Name)];
        if (owners.Count == 0)
        {
            return 0;
        }

        SetId id = SetId.Create(input.Now, uint.MaxValue);
        BackupSet bases = new()
        {
            Id = id,
            Sequence = input.Sets.Max(static set => set.Sequence) + 1,
            Time = input.Now,
            Outcome = SetOutcome.Succeeded,
            Parts = [.. owners.Select(part => part with { Set = id, Type = PartType.Base, Parent = null, Outcome = PartOutcome.Succeeded })],
        };
        HashSet<SetId> kept = [.. RetentionRules.Apply(input with { Sets = [.. input.Sets.Where(set => set.Id != id), bases] })
            .Where(static set => set.IsKept).Select(static set => set.Set.Id)];
        return sets.Where(set => set.IsKept && !kept.Contains(set.Set.Id)).Sum(static set => set.Set.StoredBytes);
    }
}
