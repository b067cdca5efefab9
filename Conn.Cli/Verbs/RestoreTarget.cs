using Conn.ActiveBackup.Contract;
using Conn.Cli.Owners;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Verbs;

/// <summary>The folder of <c>restore --to</c>: new or empty, outside of repository and sources, a folder of its name for each owner.</summary>
internal static class RestoreTarget
{
    /// <summary>What a killed restore may have left; it is nobody's data.</summary>
    private const string StagingPrefix = ".conn-restore-";

    /// <exception cref="UsageException">The target is not empty, or lies where it must not.</exception>
    public static void Check(string target, string repo, OwnerList sources)
    {
        string place = Path.GetFullPath(target);
        if (RealPath.IsBelow(place, Path.GetFullPath(repo)))
        {
            throw new UsageException($"--to {target} lies inside the repository; choose a folder outside of it.");
        }

        if (sources.FirstOrDefault(o => o.Drives.Values.Any(d => RealPath.IsBelow(place, d))) is { } source)
        {
            throw new UsageException($"--to {target} lies inside owner {source.Name}; choose a folder outside of it, or --in-place.");
        }

        if (File.Exists(place) || (Directory.Exists(place) && !IsEmpty(place)))
        {
            throw new UsageException($"--to {target} is not empty; choose a new or empty folder.");
        }
    }

    /// <summary>Makes the folder, and in it one for each owner with several drives.</summary>
    public static void Create(string target, OwnerList owners)
    {
        try
        {
            Directory.CreateDirectory(target);
            foreach (string folder in FoldersOfDrives(owners))
            {
                Directory.CreateDirectory(folder);
            }
        }
        catch (IOException e)
        {
            throw new IOException($"--to {target} cannot be made: {e.Message} Choose another folder.", e);
        }
    }

    /// <summary>Removes what was made for owners that have then put nothing into it.</summary>
    public static void RemoveUnused(OwnerList owners)
    {
        foreach (string folder in FoldersOfDrives(owners).Where(f => Directory.Exists(f) && !Directory.EnumerateFileSystemEntries(f).Any()))
        {
            Directory.Delete(folder);
        }
    }

    private static IEnumerable<string> FoldersOfDrives(OwnerList owners) => owners.Where(o => o.Drives.Count > 1).Select(o => Path.GetDirectoryName(o.Path)!);

    private static bool IsEmpty(string folder) =>
        Directory.EnumerateFileSystemEntries(folder).All(e => Path.GetFileName(e).StartsWith(StagingPrefix, StringComparison.Ordinal));

    /// <summary>The owners of a set, each with its place below the target.</summary>
    /// <exception cref="RepositoryException">An owner named is not in the set.</exception>
    /// <exception cref="UsageException">An owner's data is of a kind this tool cannot restore.</exception>
    public static OwnerList Owners(BackupSet set, string[] only, string target)
    {
        string place = Path.GetFullPath(target);
        if (only.FirstOrDefault(n => set.Parts.All(p => p.Name != n)) is { } missing)
        {
            throw new RepositoryException(RepositoryFailure.NoSuchOwner, $"Set {set.Id} holds no owner {missing}; it holds {string.Join(", ", set.Parts.Select(p => p.Name))}.", set.Id.Text);
        }

        OwnerPart[] parts = [.. set.Parts.Where(p => only.Length == 0 ? p.IsStored : only.Contains(p.Name))];
        return parts.Length == 0
            ? throw new RepositoryException(RepositoryFailure.NoSuchOwner, $"Set {set.Id} holds nothing to restore: no owner succeeded in it.", set.Id.Text)
            : OwnerList.Of(parts.Select(p => Spec(p, place)));
    }

    private static OwnerSpec Spec(OwnerPart part, string place)
    {
        string folder = Path.Combine(place, OwnerName.Check(part.Name));
        bool oneDrive = part.Drives.Count <= 1;
        Dictionary<DriveNumber, string> drives = part.Drives.Count == 0 ? new() { [DriveNumber.C] = folder } : part.Drives.ToDictionary(
            d => DriveNumber.FromIndex(d.Drive), d => oneDrive ? folder : Path.Combine(folder, DriveNumber.FromIndex(d.Drive).ToString()));
        if (OwnerKind.SqliteFileName(part.Kind) is { } file)
        {
            drives = drives.ToDictionary(d => d.Key, _ => Path.Combine(folder, file));
        }
        else if (part.Kind != OwnerKind.Directory && part.IsStored)
        {
            throw new UsageException($"Owner {part.Name} was made by '{part.Kind}', which is not one of the ready-made owners; leave it out with --owner, or restore it from its own host.");
        }

        return new OwnerSpec(part.Name, part.Kind, drives) { Sid = new SecureId(part.Sid) };
    }
}
