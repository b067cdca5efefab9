using Conn.PubSub;

namespace Conn.DataOwners.Sqlite;

/// <summary>What can be known about a restore before it begins. Asking touches nothing.</summary>
internal static class RestorePlanning
{
    private static readonly string[] SideSuffixes = ["-journal", "-wal"];

    public static void Check(SqliteOwnerOptions options, long expectedBytes, CancellationToken cancellationToken)
    {
        CheckPlace(options);
        bool intoLive = File.Exists(options.DatabasePath);
        if (intoLive)
        {
            TargetWrite.Try(options, cancellationToken);
        }

        string folder = ExistingFolder(options.DatabasePath);

        // In place the staged copy and SQLite's journal of the old or new pages stand side by side.
        long needed = expectedBytes > 0 ? expectedBytes * (intoLive ? 2 : 1) : 0;
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < needed)
        {
            throw new ConnException(
                ErrorCode.DiskFull,
                $"Restoring {options.Name} needs about {needed} bytes in {folder}, and {free} are free. Free some, or restore to another folder.");
        }
    }

    /// <summary>Refuses where a finished file could not be put: a file is there already, or a journal SQLite would play into it.</summary>
    public static void CheckPlace(SqliteOwnerOptions options)
    {
        if (System.IO.Directory.Exists(options.DatabasePath) || (!options.InPlace && File.Exists(options.DatabasePath)))
        {
            throw SqliteErrors.Exists(options.DatabasePath);
        }

        if (File.Exists(options.DatabasePath))
        {
            return;
        }

        foreach (string suffix in SideSuffixes)
        {
            if (File.Exists(options.DatabasePath + suffix))
            {
                throw SqliteErrors.SideFile(options.DatabasePath + suffix);
            }
        }
    }

    private static string ExistingFolder(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        while (folder is not null && !System.IO.Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? Path.GetPathRoot(path)!;
    }
}
