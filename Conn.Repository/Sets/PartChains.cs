using Conn.Repository.Restores;

namespace Conn.Repository.Sets;

/// <summary>Finds parents and chains of parts. Invariant: each parent has a lower sequence than its child, so every chain ends.</summary>
internal static class PartChains
{
    /// <summary>Finds the part that the next increment of an owner continues, or null when only a base is possible.</summary>
    public static OwnerPart? FindParent(SetCatalog? catalog, IReadOnlyList<BackupSet> sets, uint sid)
    {
        OwnerPart? newest = sets.Where(static set => !set.CopyOnly).Select(set => set.Part(sid)).LastOrDefault(static part => part is { IsStored: true, Type: not PartType.Quiesced });
        if (catalog is null)
        {
            return newest;
        }

        // After a restore in place the owner has the data of the restored set, until a newer set stores the owner.
        long newestSequence = newest?.Sequence ?? 0;
        if (newestSequence <= catalog.UnknownParentsUpTo)
        {
            return null;
        }

        RestoreOwner? restored = catalog.Restores
            .Where(restore => restore.Sequence >= newestSequence)
            .Select(restore => restore.Owners.FirstOrDefault(owner => owner.Sid == sid && owner.ChangesParent))
            .LastOrDefault(static owner => owner is not null);
        return restored is null ? newest
            : sets.FirstOrDefault(set => set.Id == restored.Set)?.Part(sid) is { IsStored: true } part ? part
            : null;
    }

    /// <summary>Finds the parts that cannot be restored: those of which it is known, and what continues them.</summary>
    /// <param name="sets">Sets by rising sequence.</param>
    /// <param name="isKnown">Whether a part is known to be one.</param>
    /// <returns>Each set with the secure ids of those parts in it, rising.</returns>
    public static IEnumerable<(BackupSet Set, uint[] Sids)> FindContinuing(IEnumerable<BackupSet> sets, Func<OwnerPart, bool> isKnown)
    {
        HashSet<(SetId Set, uint Sid)> found = [];
        foreach (BackupSet set in sets)
        {
            uint[] sids = [.. set.Parts.Where(part => isKnown(part) || (part.Parent is { } parent && found.Contains((parent, part.Sid)))).Select(static part => part.Sid).Order()];
            found.UnionWith(sids.Select(sid => (set.Id, sid)));
            yield return (set, sids);
        }
    }

    /// <summary>Finds the parts that a restore of one part needs: its base first, the part itself last.</summary>
    /// <exception cref="RepositoryException">ChainBroken; Io when the storage failed while a parent was listed.</exception>
    public static IReadOnlyList<OwnerPart> Resolve(SetList? sets, OwnerPart part)
    {
        List<OwnerPart> chain = [part];
        while (chain[^1] is { Parent: { } parent } child)
        {
            chain.Add(sets?.Find(parent)?.Part(part.Sid) is { IsStored: true } next && next.Sequence < child.Sequence ? next : throw Broken(sets, child, parent));
        }

        chain.Reverse();
        return chain;
    }

    private static RepositoryException Broken(SetList? sets, OwnerPart child, SetId parent) =>
        sets?.Problems.FirstOrDefault(problem => problem.Set == parent.Text && problem.Failure == RepositoryFailure.Io) is { } unread
            ? new RepositoryException(
                RepositoryFailure.Io, $"Owner {child.Name} in set {child.Set} continues set {parent}, which could not be read: {unread.What} Run again.", parent.Text)
            : new RepositoryException(
                RepositoryFailure.ChainBroken,
                $"Owner {child.Name} in set {child.Set} continues set {parent}, which is missing, damaged or without this owner.",
                parent.Text);
}
