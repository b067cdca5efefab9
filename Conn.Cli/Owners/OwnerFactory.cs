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
        if (owner.IsRemote)
        {
            return;
        }

        try
        {
            _ = AtItsPlace(owner, static () => { });
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"Owner {owner.Name}: {e.Message.Split(" (Parameter '")[0]}");
        }
    }

    /// <summary>An owner at its place.</summary>
    public static IActiveBackupDataClient AtItsPlace(OwnerSpec owner, Action? progress) => owner.Command is { } command ? new CommandDataOwner(command)
        : owner.Kind == OwnerKind.Directory
            ? new DirectoryDataOwner(new DirectoryOwnerOptions
            {
                Name = owner.Name, Drives = owner.Drives, CrossMounts = owner.CrossMounts, NumericIds = owner.NumericIds, Progress = progress,
                Exclude = owner.Excludes.Patterns, ExcludeCaches = owner.Excludes.Caches, ExcludeIfPresent = owner.Excludes.IfPresent,
            })
            : Sqlite(owner, true, progress);

    /// <summary>Says which part of the program an owner needs and cannot use, and what to do; null when there is none.</summary>
    public static string? MissingPartOf(OwnerSpec owner) => OwnerKind.IsSqlite(owner.Kind) ? SqliteDataOwner.LibraryFault?.Message : null;

    /// <summary>What an owner is registered with.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="owners">All owners of the host.</param>
    public static DataOwnerRegistration Registration(OwnerSpec owner, OwnerList owners) => new(owner.Name, owner.Sid)
    {
        Kind = owner.Kind, Source = owner.Source, Policy = owner.Policy, SupportsIncremental = owner.IsRemote ? owner.HasIncrements : !owner.IsCommand,
        Drives = owner.IsRemote ? DriveList.Of(DriveNumber.C) : DriveList.Of([.. owner.Drives.Keys]), NoProgressTimeout = owner.NoProgressTimeout,
        ChainLimits = owner.ChainLimits,
        RestoreAfter = [.. owners.Where(o => owner.RestoreAfter.Contains(o.Name)).Select(static o => o.Sid)],
    };

    /// <summary>The places of an owner.</summary>
    public static IReadOnlyList<string> PlacesOf(OwnerSpec owner) => AtItsPlace(owner, static () => { }) is IOwnedPlaces own ? own.Places : [];

    /// <summary>An owner that restores to a new place. The stream of a program becomes a file: no program is run.</summary>
    public static IActiveBackupDataClient AtNewPlace(OwnerSpec owner, Action? progress) => owner.IsCommand ? new StagedFileOwner(owner.Name, owner.Path)
        : owner.Kind == OwnerKind.Directory
            ? new DirectoryDataOwner(new DirectoryOwnerOptions { Name = owner.Name, Drives = owner.Drives, NumericIds = owner.NumericIds, Progress = progress })
        : Sqlite(owner, false, progress);

    private static SqliteDataOwner Sqlite(OwnerSpec owner, bool inPlace, Action? progress) => new(new SqliteOwnerOptions
    {
        Name = owner.Name, DatabasePath = owner.Path, Drive = owner.Drives.Keys.First(), InPlace = inPlace, Progress = progress,
    });
}
