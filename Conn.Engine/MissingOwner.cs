using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>Describes an owner that a restore of everything leaves as it is, because the set holds no data of it.</summary>
public sealed record MissingOwner
{
    /// <summary>Gets its name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets its id.</summary>
    public required SecureId Sid { get; init; }

    /// <summary>Gets why the set holds no data of it.</summary>
    public MissingReason Reason { get; init; }

    /// <summary>Gets the id of the newest set that holds its data; null if none does.</summary>
    public string? NewestSet { get; init; }

    /// <summary>Gets whether the restore is partial without it: the set was meant to hold it.</summary>
    public bool Counts => Reason != MissingReason.Absent;

    /// <summary>Finds the owners that a set holds no data of.</summary>
    /// <param name="set">The set of the restore.</param>
    /// <param name="sets">All sets of the repository.</param>
    /// <param name="owners">The owners of the host; null for a restore to another place, where the set alone says who there is.</param>
    /// <returns>Those that the set knows, then those that it does not know.</returns>
    public static IReadOnlyList<MissingOwner> Find(BackupSet set, SetList sets, IReadOnlyCollection<(string Name, SecureId Sid)>? owners)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(sets);
        IEnumerable<MissingOwner> known = set.Parts.Where(p => !p.IsStored && (owners is null || owners.Any(o => o.Sid.Value == p.Sid)))
            .Select(p => Make(p.Name, new SecureId(p.Sid), ReasonOf(p)));
        return [.. known, .. (owners ?? []).Where(o => set.Part(o.Sid.Value) is null).Select(o => Make(o.Name, o.Sid, MissingReason.Absent))];

        MissingOwner Make(string name, SecureId sid, MissingReason reason) => new()
        {
            Name = name, Sid = sid, Reason = reason, NewestSet = sets.LastOrDefault(s => s.Part(sid.Value) is { IsStored: true })?.Id.Text,
        };
    }

    /// <summary>Says why a part holds no data.</summary>
    /// <param name="part">A part that is not stored.</param>
    public static MissingReason ReasonOf(OwnerPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return part.IsPruned ? MissingReason.Pruned : part.Outcome == PartOutcome.Failed ? MissingReason.Failed : MissingReason.Skipped;
    }
}
