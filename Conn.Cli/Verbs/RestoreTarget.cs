using Conn.ActiveBackup;
using Conn.Cli.Hosting;
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

    /// <summary>The file that becomes what the program of a command owner wrote.</summary>
    private const string StreamName = "stream";

    /// <exception cref="UsageException">The target is not empty, or lies where it must not.</exception>
    /// <exception cref="UnauthorizedAccessException">The target cannot be made or written.</exception>
    public static void Check(string target, string repo, OwnerList sources, bool mayHold = false)
    {
        string place = SourcePath.Full("--to", target);
        if (SourcePath.DanglingLink(place) is { } link)
        {
            throw new UsageException($"--to {target} cannot be made: {link}. Choose another folder.");
        }

        if (RealPath.IsBelow(place, Path.GetFullPath(repo)))
        {
            throw new UsageException($"--to {target} lies inside the repository; choose a folder outside of it.");
        }

        if (sources.FirstOrDefault(o => o.Places.Any(d => RealPath.IsBelow(place, d))) is { } source)
        {
            throw new UsageException($"--to {target} lies inside owner {source.Name}; choose a folder outside of it, or --in-place.");
        }

        if (File.Exists(place))
        {
            throw new UsageException($"--to {target} is a file; choose a new or empty folder.");
        }

        if (!mayHold)
        {
            RequireEmpty(target);
        }

        string above = SourcePath.NearestExisting(place);
        if (File.Exists(above))
        {
            throw new UsageException($"--to {target} cannot be made: {above} is a file. Choose another folder.");
        }

        FolderAccess.RequireWritable(above, $"--to {target} cannot be written");
    }

    /// <summary>Refuses to write over the data of an owner at its place: its folder can be named as the owner, and lie in the target.</summary>
    /// <param name="restore">The restore to a folder that may hold files.</param>
    /// <param name="owner">The owner that is restored.</param>
    /// <param name="paths">What is restored of it; empty text for all.</param>
    /// <exception cref="UsageException">A path of it is, holds or lies in the place of an owner of the configuration.</exception>
    public static void RequireNoneOver(RestoreArguments restore, string owner, IEnumerable<string> paths)
    {
        string folder = Path.Combine(Path.GetFullPath(restore.To!), OwnerName.Check(owner));
        foreach (string written in paths.Select(p => Path.TrimEndingDirectorySeparator(Path.Combine(folder, p))))
        {
            if (restore.Owners.FirstOrDefault(o => o.Places.Any(d => RealPath.IsBelow(written, d) || RealPath.IsBelow(d, written))) is { } live)
            {
                throw new UsageException($"--to {restore.To}: {written} would be written, where the data of owner {live.Name} is ({string.Join(", ", live.Places)}); "
                    + "choose another folder, or --in-place.");
            }
        }
    }

    /// <summary>Makes the folder, claims it for this process, and makes in it a folder for each owner with several drives or a program.</summary>
    /// <returns>The claim; it is kept until the restore has ended.</returns>
    /// <exception cref="IOException">Another restore has the folder, or it cannot be made.</exception>
    public static IDisposable Create(string target, OwnerList owners)
    {
        IDisposable claim = Claim(target, mayHold: false);
        try
        {
            foreach (string folder in FoldersOfDrives(owners))
            {
                Directory.CreateDirectory(folder);
            }

            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>Makes the folder if it is missing, and claims it for this process.</summary>
    /// <returns>The claim; it is kept until the restore has ended.</returns>
    /// <exception cref="IOException">Another restore has the folder, or it cannot be made.</exception>
    public static IDisposable Claim(string target, bool mayHold)
    {
        try
        {
            Directory.CreateDirectory(target);
        }
        catch (IOException e)
        {
            throw new IOException($"--to {target} cannot be made: {e.Message} Choose another folder.", e);
        }

        IDisposable claim = FolderAccess.TryClaim(Path.GetFullPath(target))
            ?? throw new RepositoryException(RepositoryFailure.InUse,
                $"--to {target} is in use by another restore; wait for its end, or choose another folder.");
        try
        {
            // Another restore may have ended between the first look and the claim.
            if (!mayHold)
            {
                RequireEmpty(target);
            }

            return claim;
        }
        catch
        {
            claim.Dispose();
            throw;
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

    /// <summary>The owners of a set, each with its place below the target.</summary>
    /// <exception cref="RepositoryException">The set holds nothing.</exception>
    /// <exception cref="UsageException">An owner's data is of a kind this tool cannot restore.</exception>
    public static OwnerList Owners(BackupSet set, string[] only, string target)
    {
        string place = Path.GetFullPath(target);
        OwnerPart[] parts = [.. set.Parts.Where(p => p.IsStored && (only.Length == 0 || only.Contains(p.Name)))];
        return parts.Length == 0
            ? throw new RepositoryException(RepositoryFailure.NoSuchOwner, $"Set {set.Id} holds nothing to restore: no owner succeeded in it.", set.Id.Text)
            : OwnerList.Of(parts.Select(p => Spec(p, place)));
    }

    /// <summary>The owner as a dry run asks it: beside the nearest folder that exists, because its own is not made.</summary>
    public static OwnerSpec Planned(OwnerSpec owner) => owner with
    {
        Drives = owner.Drives.ToDictionary(static d => d.Key, static d => Directory.Exists(Path.GetDirectoryName(d.Value)) ? d.Value
            : Path.Combine(SourcePath.NearestExisting(d.Value), $"{StagingPrefix}{Guid.NewGuid():N}")),
    };

    /// <summary>Names the places that were asked for where a text names those that a dry run asks instead.</summary>
    public static string Real(string text, OwnerList owners, Dictionary<SecureId, OwnerSpec> planned)
    {
        foreach (OwnerSpec owner in owners.Where(o => planned.ContainsKey(o.Sid)))
        {
            foreach ((DriveNumber drive, string place) in planned[owner.Sid].Drives)
            {
                text = text.Replace(place, owner.Drives[drive], StringComparison.Ordinal);
            }
        }

        return text;
    }

    private static IEnumerable<string> FoldersOfDrives(OwnerList owners) => owners.Where(o => o.Drives.Count > 1 || o.IsCommand).Select(o => Path.GetDirectoryName(o.Path)!);

    private static void RequireEmpty(string target)
    {
        if (Directory.Exists(target)
            && Directory.EnumerateFileSystemEntries(target).Any(static e => !Path.GetFileName(e).StartsWith(StagingPrefix, StringComparison.Ordinal)))
        {
            throw new UsageException($"--to {target} is not empty; choose a new or empty folder. Only single paths (--path) are restored into one that is used.");
        }
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
        else if (OwnerKind.IsCommand(part.Kind))
        {
            drives = drives.ToDictionary(d => d.Key, _ => Path.Combine(folder, StreamName));
        }
        else if (part.Kind != OwnerKind.Directory && part.IsStored)
        {
            throw new UsageException($"Owner {part.Name} was made by '{part.Kind}', which is not one of the ready-made owners; "
                + "leave it out with --owner, or restore it from its own host.");
        }

        return new OwnerSpec(part.Name, part.Kind, drives) { Sid = new SecureId(part.Sid) };
    }
}
