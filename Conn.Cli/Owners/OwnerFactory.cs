using Conn.ActiveBackup;
using Conn.DataOwners;

namespace Conn.Cli.Owners;

/// <summary>Makes the data client of an owner: for its own place, or for a restore somewhere else.</summary>
internal static class OwnerFactory
{
    /// <summary>Checks the options of an owner before anything is begun. Looks at no file.</summary>
    /// <exception cref="UsageException">The owner cannot have them.</exception>
    public static void Check(OwnerSpec owner)
    {
        try
        {
            _ = owner.Kind == OwnerKind.Directory ? Directory(owner, [], () => { }) : (IActiveBackupDataClient)Sqlite(owner, true, () => { });
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"Owner {owner.Name}: {e.Message.Split(" (Parameter '")[0]}");
        }
    }

    /// <summary>An owner at its place; what belongs to Conn or to other owners is left out of directories.</summary>
    public static IActiveBackupDataClient AtItsPlace(OwnerSpec owner, OwnerList all, string repository, Action progress)
    {
        string[] others = [Path.GetFullPath(repository), .. all.Where(o => o != owner).SelectMany(static o => o.Kind == OwnerKind.Directory
            ? o.Drives.Values : [o.Path, o.Path + "-wal", o.Path + "-shm", o.Path + "-journal"])];

        // What lies elsewhere can have another name in here: a hard link to a database is recognised by what it leads to.
        return owner.Kind == OwnerKind.Directory
            ? Directory(owner, [.. owner.Drives.Values.SelectMany(d => others.Select(o => RealPath.Through(d, o) ?? o)).Distinct()], progress)
            : Sqlite(owner, true, progress);
    }

    /// <summary>An owner that restores to a new place.</summary>
    public static IActiveBackupDataClient AtNewPlace(OwnerSpec owner, Action progress) => owner.Kind == OwnerKind.Directory
        ? new DirectoryDataOwner(new DirectoryOwnerOptions { Name = owner.Name, Drives = owner.Drives, Progress = progress })
        : Sqlite(owner, false, progress);

    private static DirectoryDataOwner Directory(OwnerSpec owner, string[] otherPlaces, Action progress) => new(new DirectoryOwnerOptions
    {
        Name = owner.Name, Drives = owner.Drives, CrossMounts = owner.CrossMounts, Progress = progress, OtherPlaces = otherPlaces,
        Exclude = owner.Excludes.Patterns, ExcludeCaches = owner.Excludes.Caches, ExcludeIfPresent = owner.Excludes.IfPresent,
    });

    private static SqliteDataOwner Sqlite(OwnerSpec owner, bool inPlace, Action progress) => new(new SqliteOwnerOptions
    {
        Name = owner.Name, DatabasePath = owner.Path, Drive = owner.Drives.Keys.First(), InPlace = inPlace, Progress = progress,
    });
}
