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
    /// <summary>Gets the owners that are put in place.</summary>
    /// <exception cref="UsageException">They are not given, or cannot be put in place together.</exception>
    public OwnerList InPlace()
    {
        OwnerList owners = Owners.NotEmpty();
        RefuseOverlaps();
        SourcePath.RequirePrograms(owners.Where(o => Only.Length == 0 || Only.Contains(o.Name)));
        return Only.FirstOrDefault(n => owners.All(o => o.Name != n)) is { } missing
            ? throw new UsageException($"--owner {missing}: say where it is with --dir, --sqlite or --command; it goes back where it came from.") : owners;
    }

    /// <summary>Putting an outer folder in place swaps away what is staged for an inner one.</summary>
    private void RefuseOverlaps()
    {
        OwnerSpec[] restored = [.. Owners.Where(o => Only.Length == 0 || Only.Contains(o.Name))];
        foreach (OwnerSpec outer in restored)
        {
            if (restored.FirstOrDefault(
                i => i != outer && i.Places.Any(inner => outer.Places.Any(folder => RealPath.IsBelow(inner, folder)))) is { } inside)
            {
                throw new UsageException($"Owner {inside.Name} lies inside owner {outer.Name}; they cannot be put in place together. "
                    + $"Move {string.Join(", ", inside.Drives.Values)} away, restore with --owner {outer.Name}, and then with --owner {inside.Name}; or use --to.");
            }
        }
    }
}
