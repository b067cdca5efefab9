using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Cli.Hosting;

/// <summary>Whether a writer could use a repository now: what a plan needs to give the answer of the run. Changes nothing.</summary>
internal static class RepositoryAccess
{
    /// <summary>What a backup writes to, beside the repository's own folder; docs/format.md.</summary>
    public static readonly string[] OfBackup = ["tmp", "sets"];

    /// <summary>What a restore in place writes to.</summary>
    public static readonly string[] OfRestore = ["restores"];

    /// <summary>What a prune writes to.</summary>
    public static readonly string[] OfPrune = ["marks", "sets"];

    private const string LockFile = "lock";

    /// <exception cref="UnauthorizedAccessException">A folder of it cannot be written.</exception>
    /// <exception cref="RepositoryException">Another process writes to it.</exception>
    public static async Task RequireWritableAsync(string repo, string[] folders, CancellationToken cancellationToken)
    {
        string place = Path.GetFullPath(repo);
        RequireFoldersWritable(place, folders);
        if (File.Exists(Path.Combine(place, LockFile)))
        {
            await using IStorageLock? free = await new FolderStorage(place).TryLockAsync(LockFile, cancellationToken);
            if (free is null)
            {
                throw new RepositoryException(RepositoryFailure.InUse,
                    $"The repository at {place} is in use by another process; try again when it has finished.");
            }
        }
    }

    /// <summary>Checks the permissions alone, and does not look at the lock.</summary>
    /// <exception cref="UnauthorizedAccessException">A folder of it cannot be written.</exception>
    public static void RequireFoldersWritable(string place, IEnumerable<string> folders)
    {
        foreach (string folder in folders.Select(f => Path.Combine(place, f)).Prepend(place).Where(Directory.Exists))
        {
            FolderAccess.RequireWritable(folder, "The repository cannot be written");
        }
    }
}
