using Conn.Cli.Owners;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary>An owner that the set of a restore holds no data of, although it was asked for or the set knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sid">Its id.</param>
/// <param name="Outcome">What became of it in the set: failed, skipped, or absent if the set does not know it.</param>
/// <param name="Set">The set of the restore.</param>
/// <param name="NewestSet">The newest set that holds it; null if none does.</param>
internal sealed record MissingOwner(string Name, SecureId Sid, string Outcome, string Set, string? NewestSet)
{
    private const string Absent = "absent";

    /// <summary>Gets whether the restore is partial without it: the set was meant to hold it.</summary>
    public bool Counts => Outcome != Absent;

    /// <summary>Gets what is said of it.</summary>
    public string Sentence => (Counts ? $"Owner {Name} {(Outcome == "skipped" ? "was skipped" : Outcome)} in set {Set}" : $"Owner {Name} is not in set {Set}")
        + ": there is nothing of it to restore; "
        + (NewestSet is null ? "no set in the repository holds it." : $"the newest set that holds it is {NewestSet}: use --set {NewestSet}.");

    /// <summary>Gets the members of the JSON object.</summary>
    public object Json => new { name = Name, sid = Sid.ToString(), outcome = Outcome, newestSet = NewestSet };

    /// <summary>Finds those of a restore.</summary>
    /// <param name="found">The set.</param>
    /// <param name="inPlace">The owners that are put in place; null for a new place, where the set alone says who there is.</param>
    public static MissingOwner[] Of(RestoreSet found, OwnerList? inPlace)
    {
        BackupSet set = found.Set;
        IEnumerable<MissingOwner> known = set.Parts.Where(p => !p.IsStored && (inPlace is null || inPlace.Any(o => o.Sid.Value == p.Sid)))
            .Select(p => Make(p.Name, p.Sid, p.Outcome.ToString().ToLowerInvariant()));
        return [.. known, .. (inPlace ?? Enumerable.Empty<OwnerSpec>()).Where(o => set.Part(o.Sid.Value) is null)
            .Select(o => Make(o.Name, o.Sid.Value, Absent))];

        MissingOwner Make(string name, uint sid, string outcome) => new(name, new SecureId(sid), outcome, set.Id.Text,
            found.Sets.LastOrDefault(s => s.Part(sid) is { IsStored: true })?.Id.Text);
    }
}
