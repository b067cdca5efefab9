using Conn.Repository.Sets;

namespace Conn.Repository.Checks;

/// <summary>Represents an owner of which sets cannot be restored, because of a problem in them or in a set that they continue.</summary>
/// <param name="Name">Name of the owner.</param>
/// <param name="Sets">The sets, by rising sequence.</param>
/// <param name="NewestWhole">The newest set from which the owner can be restored, as far as was verified; null if there is none.</param>
/// <param name="NeedsBase">Whether the owner's next increment could not be restored either, because it would continue one of <paramref name="Sets"/>.</param>
public sealed record DamagedOwner(string Name, IReadOnlyList<BackupSet> Sets, BackupSet? NewestWhole, bool NeedsBase)
{
    /// <summary>Finds the owners that problems concern.</summary>
    internal static IEnumerable<DamagedOwner> Find(SetList sets, IReadOnlyList<VerifyProblem> problems)
    {
        HashSet<(string Set, string Owner)> known = [.. problems.Where(static p => p.Owner is not null).Select(static p => (p.Set, p.Owner!))];
        HashSet<(SetId Set, uint Sid)> damaged =
            [.. PartChains.FindContinuing(sets.All, part => known.Contains((part.Set.Text, part.Name))).SelectMany(static of => of.Sids.Select(sid => (of.Set.Id, sid)))];
        foreach (OwnerPart owner in damaged.Count == 0 ? [] : sets.All.Reverse().SelectMany(static s => s.Parts).DistinctBy(static p => p.Sid))
        {
            BackupSet[] holding = [.. sets.All.Where(s => s.Part(owner.Sid) is { IsStored: true })];
            BackupSet[] lost = [.. holding.Where(s => damaged.Contains((s.Id, owner.Sid)))];
            if (lost.Length > 0)
            {
                yield return new DamagedOwner(owner.Name, lost, holding.LastOrDefault(s => !lost.Contains(s)), lost[^1] == holding[^1]);
            }
        }
    }
}
