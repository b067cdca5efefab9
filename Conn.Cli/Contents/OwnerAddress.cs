using Conn.Cli.Usage;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>An owner, and perhaps a path in its content: <c>OWNER</c> or <c>OWNER:PATH</c>.</summary>
/// <param name="Owner">The name of an owner that some set knows.</param>
/// <param name="Path">The path; null if there was no colon.</param>
internal sealed record OwnerAddress(string Owner, string? Path)
{
    /// <summary>Splits the text after the longest name that a set knows: a host may give names with colons.</summary>
    /// <exception cref="RepositoryException">NoSuchOwner: no set knows such an owner.</exception>
    public static OwnerAddress Parse(SetList sets, string text)
    {
        string[] names = [.. sets.SelectMany(static s => s.Parts).Select(static p => p.Name).Distinct(StringComparer.Ordinal)];
        string? name = names.Where(n => text == n || text.StartsWith(n + ":", StringComparison.Ordinal)).MaxBy(static n => n.Length);
        return name is not null ? new OwnerAddress(name, text.Length == name.Length ? null : text[(name.Length + 1)..])
            : throw Unknown(text.Split(':')[0], names);
    }

    /// <summary>Requires that some set knows each of the owners.</summary>
    /// <exception cref="RepositoryException">NoSuchOwner.</exception>
    public static void RequireKnown(SetList sets, IEnumerable<string> owners)
    {
        string[] names = [.. sets.SelectMany(static s => s.Parts).Select(static p => p.Name).Distinct(StringComparer.Ordinal)];
        if (owners.FirstOrDefault(o => !names.Contains(o)) is { } unknown)
        {
            throw Unknown(unknown, names);
        }
    }

    private static RepositoryException Unknown(string name, string[] names) => new(RepositoryFailure.NoSuchOwner,
        $"No set in the repository holds owner {name}{(Nearest.Of(name, names) is { } meant ? $"; did you mean {meant}?" : "; conn list shows what its sets hold.")}");
}
