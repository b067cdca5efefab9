using System.Collections;
using Conn.ActiveBackup;
using Conn.Cli.Usage;
using Conn.PubSub.Security;

namespace Conn.Cli.Owners;

/// <summary>The owners of one command: names and ids are unique.</summary>
internal sealed class OwnerList : IReadOnlyList<OwnerSpec>
{
    private readonly List<OwnerSpec> _owners;

    private OwnerList(List<OwnerSpec> owners, OwnerTimeouts timeouts)
    {
        _owners = owners;
        Timeouts = timeouts;
    }

    public OwnerTimeouts Timeouts { get; }

    /// <summary>Gets the owners with those first that freeze a service for the others.</summary>
    public IEnumerable<OwnerSpec> FreezingFirst => _owners.OrderBy(static o => o.Command is { Freezes: true } ? 0 : 1);

    public int Count => _owners.Count;

    public OwnerSpec this[int index] => _owners[index];

    /// <exception cref="UsageException">A name is illegal or double, two names have one id, or an option is malformed.</exception>
    public static OwnerList Of(string[] directories, string[] databases, string[] programs, string[] bestEffort, Configuration configuration, Excludes excludes)
    {
        List<OwnerSpec> owners = [.. configuration.Owners];
        owners.AddRange(directories.Select(d => Parse("--dir", d)).Select(p => OwnerSpec.Directory(p.Name, p.Path)));
        owners.AddRange(databases.Select(d => Parse("--sqlite", d)).Select(p => OwnerSpec.Sqlite(p.Name, p.Path)));
        owners.AddRange(programs.Select(p => Parse("--command", p)).Select(p => OwnerSpec.OfCommand(p.Name, p.Path)));
        foreach (string name in bestEffort)
        {
            int at = owners.FindIndex(o => o.Name == name);
            if (at < 0)
            {
                throw new UsageException($"--best-effort {name}: no owner of this name was given; name it with --dir, --sqlite or --command.");
            }

            owners[at] = owners[at] with { Policy = OwnerPolicy.BestEffort };
        }

        foreach (OwnerSpec owner in owners)
        {
            RequireRestoreAfter(owner, owners);
        }

        if (!excludes.IsEmpty && owners.TrueForAll(static o => o.Kind != OwnerKind.Directory) && owners.Count > 0)
        {
            throw new UsageException("The options that begin with --exclude are for directory owners, and none was named.");
        }

        return Of(owners.Select(o => o with { Excludes = o.Excludes.And(excludes) }), configuration.Timeouts);
    }

    /// <exception cref="UsageException">A name is double, or two names have one id.</exception>
    public static OwnerList Of(IEnumerable<OwnerSpec> owners, OwnerTimeouts? timeouts = null)
    {
        List<OwnerSpec> list = [.. owners];
        for (int i = 0; i < list.Count; i++)
        {
            OwnerSpec owner = list[i];
            if (list.Take(i).FirstOrDefault(o => o.Name == owner.Name) is not null)
            {
                throw new UsageException($"Owner {owner.Name} is named twice; a name is the owner, give each its own.");
            }

            if (list.Take(i).FirstOrDefault(o => o.Sid == owner.Sid) is { } twin)
            {
                throw new UsageException($"Owners {twin.Name} and {owner.Name} have the same id {owner.Sid}; rename one, or configure an id with --config.");
            }
        }

        return new OwnerList(list, timeouts ?? new OwnerTimeouts());
    }

    /// <exception cref="UsageException">No owner was given.</exception>
    public OwnerList NotEmpty() => Count > 0 ? this
        : throw new UsageException("No owner was named; give --dir NAME=PATH, --sqlite NAME=PATH, --command NAME=PROGRAM or --config FILE.");

    /// <summary>Gets the owners that this process can reach: those of other programs join the daemon alone.</summary>
    public OwnerList Here => new([.. _owners.Where(static o => !o.IsRemote)], Timeouts);

    /// <summary>Gets the owners that this process can reach, of which one operation needs some.</summary>
    /// <param name="only">The names of those that it needs; none for all.</param>
    /// <exception cref="UsageException">It needs one that is in another program.</exception>
    public OwnerList HereFor(IReadOnlyCollection<string> only)
    {
        if (_owners.Find(o => o.IsRemote && (only.Count == 0 || only.Contains(o.Name))) is not { } remote)
        {
            return Here;
        }

        string others = only.Count == 0 && Here is { Count: > 0 } here ? $", or name the others: {string.Join(" ", here.Select(static o => $"--owner {o.Name}"))}" : "";
        throw new UsageException($"Owner {remote.Name} is in another program, which joins the daemon alone: run conn serve with this file, and ask it by this "
            + $"verb without --config{others}.");
    }

    public OwnerSpec? Find(SecureId sid) => _owners.FirstOrDefault(o => o.Sid == sid);

    public IEnumerator<OwnerSpec> GetEnumerator() => _owners.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static void RequireRestoreAfter(OwnerSpec owner, List<OwnerSpec> owners)
    {
        if (owner.RestoreAfter.Contains(owner.Name))
        {
            throw owner.RestoreAfterWrong($"{owner.Name} cannot be restored after itself.");
        }

        if (owner.RestoreAfter.FirstOrDefault(n => owners.TrueForAll(o => o.Name != n)) is { } unknown)
        {
            string? meant = Nearest.Of(unknown, owners.Where(o => o != owner).Select(static o => o.Name));
            throw owner.RestoreAfterWrong($"there is no owner '{unknown}'{(meant is null ? "." : $"; did you mean {meant}?")}");
        }
    }

    private static (string Name, string Path) Parse(string option, string value)
    {
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < value.Length - 1
            ? (OwnerName.Check(value[..equals]), value[(equals + 1)..])
            : throw new UsageException($"{option} {value}: expected NAME=PATH, for example {option} docs=/home/me/docs.");
    }
}
