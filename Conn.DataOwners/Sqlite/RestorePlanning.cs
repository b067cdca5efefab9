using System.Text;
using Conn.DataOwners.Posix;
using Conn.PubSub;

namespace Conn.DataOwners.Sqlite;

/// <summary>What can be known about a restore before it begins. Invariant: it refuses all that the run would refuse for the place. Asking touches
/// nothing.</summary>
internal static class RestorePlanning
{
    private static readonly string[] SideSuffixes = ["-journal", "-wal"];

    public static void Check(SqliteOwnerOptions options, long expectedBytes, CancellationToken cancellationToken)
    {
        CheckPlace(options);
        string folder = ExistingFolder(options.DatabasePath);
        CheckFolder(folder);
        bool intoLive = File.Exists(options.DatabasePath);
        if (intoLive)
        {
            TargetWrite.Try(options, cancellationToken);
        }

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
        if (System.IO.Directory.Exists(options.DatabasePath))
        {
            throw SqliteErrors.FolderInPlace(options.DatabasePath);
        }

        if (File.Exists(options.DatabasePath))
        {
            if (!options.InPlace)
            {
                throw SqliteErrors.Exists(options.DatabasePath);
            }

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

    // The staged copy and the journal of SQLite are made there, and a folder must be readable to be flushed.
    private static void CheckFolder(string folder)
    {
        if (OperatingSystem.IsLinux() && Kernel.CheckAccess(Encoding.UTF8.GetBytes(folder + '\0')) is var error && error != 0)
        {
            throw new ConnException(
                Errno.Code(error),
                $"{folder} must be readable and writable to restore a database there ({Errno.Text(error)}). Restore as another user, or to another folder.");
        }
    }

    private static string ExistingFolder(string path)
    {
        string? folder = Path.GetDirectoryName(path);
        while (folder is not null && !System.IO.Directory.Exists(folder))
        {
            if (File.Exists(folder))
            {
                throw new ConnException(
                    ErrorCode.AlreadyExists, $"{folder} is a file, and a database is to be put below it. Move it away, or restore to another folder.");
            }

            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? Path.GetPathRoot(path)!;
    }
}
