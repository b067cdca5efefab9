using Conn.ActiveBackup;
using Conn.Cli.Hosting;
using Conn.Engine;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary>The set of a restore: the one that was named, or the newest that holds the owners asked for.</summary>
/// <param name="Set">The set.</param>
/// <param name="Sets">All sets of the repository.</param>
/// <param name="Note">Says that the newest set was passed over; else null.</param>
internal sealed record RestoreSet(BackupSet Set, SetList Sets, string? Note)
{
    /// <exception cref="RepositoryException">There is no such set, or it lacks an owner asked for; the newest that has it is named.</exception>
    public static RestoreSet Find(SetList sets, RestoreArguments arguments) => Find(sets, arguments.Set, [.. Asked(arguments)]);

    /// <summary>Finds the set for owners of the set, by their names.</summary>
    /// <exception cref="RepositoryException">There is no such set, or it lacks an owner asked for; the newest that has it is named.</exception>
    public static RestoreSet Find(SetList sets, string? name, params string[] owners) => Find(sets, name, [.. owners.Select(ByName)]);

    private static RestoreSet Find(SetList sets, string? name, (string Name, Func<OwnerPart, bool> Is)[] asked)
    {
        Func<BackupSet, bool> holds = set => asked.All(a => Holds(set, a.Is));
        string names = string.Join(", ", asked.Select(static a => a.Name));
        string[] nowhere = [.. asked.Where(a => !sets.Any(s => Holds(s, a.Is))).Select(static a => a.Name)];
        string sought = nowhere.Length > 0 ? string.Join(", ", nowhere) : asked.Length > 1 ? $"{names} together" : names;
        SetChoice choice = SetNames.In(sets) with { Holds = holds, Asked = asked.Length == 0 ? null : $"data of {sought}" };
        BackupSet set = choice.Find(name);
        if (holds(set))
        {
            return new RestoreSet(set, sets, choice.PassedOver(name, set));
        }

        string missing = string.Join(", ", asked.Where(a => !Holds(set, a.Is)).Select(a => set.Parts.FirstOrDefault(a.Is) is { } part
            ? $"{a.Name} (it {RestoreWords.Of(MissingOwner.ReasonOf(part))} there)" : a.Name));
        string way = sets.LastOrDefault(holds) is { } other ? $"the newest set that does is {other.Id}: use --set {other.Id}."
            : "no set in the repository does.";
        throw new RepositoryException(RepositoryFailure.NoSuchOwner,
            $"Set {set.Id} holds no data of owner {missing}; it holds {string.Join(", ", set.Parts.Where(static p => p.IsStored).Select(static p => p.Name))}, "
            + $"and {way}", set.Id.Text);
    }

    private static bool Holds(BackupSet set, Func<OwnerPart, bool> isAsked) => set.Parts.Any(p => p.IsStored && isAsked(p));

    private static (string Name, Func<OwnerPart, bool> Is) ByName(string name) => (name, p => p.Name == name);

    private static IEnumerable<(string Name, Func<OwnerPart, bool> Is)> Asked(RestoreArguments arguments) => arguments.To is not null
        ? arguments.Only.Select(ByName)
        : arguments.Owners.Where(o => arguments.Only.Length == 0 ? o.Policy == OwnerPolicy.Required : arguments.Only.Contains(o.Name))
            .Select(static o => (o.Name, (Func<OwnerPart, bool>)(p => new SecureId(p.Sid) == o.Sid)));
}
