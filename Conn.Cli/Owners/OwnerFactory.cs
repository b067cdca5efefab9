using Conn.ActiveBackup;
using Conn.DataOwners;

namespace Conn.Cli.Owners;

/// <summary>Makes the data client of an owner: for its own place, or for a restore somewhere else.</summary>
internal static class OwnerFactory
{
    /// <summary>An owner at its place; what belongs to Conn or to other owners is left out of directories.</summary>
    public static IActiveBackupDataClient AtItsPlace(OwnerSpec owner, OwnerList all, string repository, Action progress)
    {
        if (owner.Command is { } command)
        {
            return new CommandDataOwner(command);
        }

        string[] others = [Path.GetFullPath(repository), .. all.Where(o => o != owner).SelectMany(static o => o.Kind == OwnerKind.Directory || o.IsCommand
            ? o.Places : [o.Path, o.Path + "-wal", o.Path + "-shm", o.Path + "-journal"])];
        return owner.Kind == OwnerKind.Directory
            ? new DirectoryDataOwner(new DirectoryOwnerOptions
            {
                Name = owner.Name, Drives = owner.Drives, CrossMounts = owner.CrossMounts, Progress = progress,
                // What lies elsewhere can have another name in here: a hard link to a database is recognised by what it leads to.
                OtherPlaces = [.. owner.Drives.Values.SelectMany(d => others.Select(o => RealPath.Through(d, o) ?? o)).Distinct()],
                Exclude = owner.Excludes.Patterns, ExcludeCaches = owner.Excludes.Caches, ExcludeIfPresent = owner.Excludes.IfPresent,
            })
            : Sqlite(owner, true, progress);
    }

    /// <summary>An owner that restores to a new place. The stream of a program becomes a file: no program is run.</summary>
    public static IActiveBackupDataClient AtNewPlace(OwnerSpec owner, Action progress) => owner.IsCommand ? new StagedFileOwner(owner.Name, owner.Path)
        : owner.Kind == OwnerKind.Directory
            ? new DirectoryDataOwner(new DirectoryOwnerOptions { Name = owner.Name, Drives = owner.Drives, Progress = progress })
        : Sqlite(owner, false, progress);

    private static SqliteDataOwner Sqlite(OwnerSpec owner, bool inPlace, Action progress) => new(new SqliteOwnerOptions
    {
        Name = owner.Name, DatabasePath = owner.Path, Drive = owner.Drives.Keys.First(), InPlace = inPlace, Progress = progress,
    });
}
