using Conn.Engine.Owners;
using Conn.PubSub.Security;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>Compares who the owners are and where their data is with what a repository holds of them.</summary>
internal static class OwnerOrigins
{
    /// <summary>Whether a part was backed up from another place than the owner's present one, so far as both are known.</summary>
    public static bool IsOtherSource(RegisteredOwner owner, OwnerPart part) =>
        part.Source.Length > 0 && owner.Registration.Source.Length > 0 && part.Source != owner.Registration.Source;

    /// <summary>Whether a part holds data of another kind than the owner's, so far as both are known. What follows a colon is a name, not a kind.</summary>
    public static bool IsOtherKind(RegisteredOwner owner, OwnerPart part) =>
        part.Kind.Length > 0 && owner.Registration.Kind.Length > 0 && Word(part.Kind) != Word(owner.Registration.Kind);

    /// <summary>Names a kind in a sentence.</summary>
    public static string KindName(string kind) => Word(kind) switch
    {
        "directory" => "a directory",
        "sqlite" => "a SQLite database",
        string other => $"data of kind '{other}'",
    };

    /// <summary>What is wrong with a repository although it can be used, as notes that stand out.</summary>
    public static IEnumerable<string> Problems(SetList sets) => sets.Problems.Select(p => $"WARNING: passed over in the repository: {p.Set}: {p.What}");

    /// <summary>Says what may be a mistake: one owner of two places, one name with two ids, one id with two names, sets of another machine.</summary>
    /// <param name="owners">The owners of a backup.</param>
    /// <param name="sets">The sets of its repository.</param>
    /// <param name="host">The name of this machine.</param>
    /// <returns>Sentences for the report.</returns>
    public static IEnumerable<string> Warnings(IReadOnlyList<RegisteredOwner> owners, SetList sets, string host)
    {
        Dictionary<uint, (OwnerPart Part, BackupSet Set)> newest = [];
        Dictionary<string, OwnerPart> byName = [];
        foreach (BackupSet set in sets)
        {
            foreach (OwnerPart part in set.Parts.Where(p => p.IsStored))
            {
                newest[part.Sid] = (part, set);
                byName[part.Name] = part;
            }
        }

        foreach (RegisteredOwner owner in owners)
        {
            SecureId sid = owner.Registration.Sid;
            if (newest.TryGetValue(sid.Value, out (OwnerPart Part, BackupSet Set) own))
            {
                if (IsOtherSource(owner, own.Part))
                {
                    yield return $"WARNING: owner {owner.Name} was backed up from {own.Part.Source} until set {own.Set.Id}; "
                        + $"its data is at {owner.Registration.Source} now. If these are different data, give the new owner another name.";
                }

                if (own.Part.Name != owner.Name)
                {
                    yield return $"WARNING: owner {owner.Name} has the id {sid}, which is that of owner {own.Part.Name} in set {own.Set.Id}: they are one owner in this repository.";
                }
            }

            if (byName.TryGetValue(owner.Name, out OwnerPart? named) && named.Sid != sid.Value)
            {
                yield return $"WARNING: owner {owner.Name} has the id {sid}, and {new SecureId(named.Sid)} in set {named.Set}: they are two owners in this repository.";
            }
        }

        if (owners.Select(o => newest.GetValueOrDefault(o.Registration.Sid.Value).Set).FirstOrDefault(s => s is { Host.Length: > 0 } && s.Host != host) is { } foreign
            && host.Length > 0)
        {
            yield return $"The newest set of these owners, {foreign.Id}, was made on host {foreign.Host}; this is host {host}.";
        }
    }

    private static string Word(string kind) => kind.Split(':')[0];
}
