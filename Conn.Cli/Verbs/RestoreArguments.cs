using Conn.Cli.Owners;

namespace Conn.Cli.Verbs;

/// <summary>What <c>conn restore</c> was asked for.</summary>
/// <param name="Repo">The repository.</param>
/// <param name="Set">The set as it was written; null for the latest.</param>
/// <param name="Only">Names of the owners to restore; empty for all.</param>
/// <param name="To">The new folder; null for a restore in place.</param>
/// <param name="Owners">The owners of the command line.</param>
/// <param name="DryRun">Whether only the plan is wanted.</param>
/// <param name="Force">Whether data of another source may be put in place.</param>
internal sealed record RestoreArguments(string Repo, string? Set, string[] Only, string? To, OwnerList Owners, bool DryRun, bool Force)
{
    /// <summary>Gets whether stored numbers of users and groups are taken, whatever their names are here.</summary>
    public bool NumericIds { get; init; }

    /// <summary>Gets the owners that are put in place.</summary>
    /// <exception cref="UsageException">They are not given.</exception>
    public OwnerList InPlace()
    {
        OwnerList owners = Owners.NotEmpty().HereFor(Only);
        SourcePath.RequirePrograms(owners.Where(o => Only.Length == 0 || Only.Contains(o.Name)));
        return Only.FirstOrDefault(n => owners.All(o => o.Name != n)) is { } missing
            ? throw new UsageException($"--owner {missing}: say where it is with --dir, --sqlite or --command; it goes back where it came from.") : owners;
    }
}
