using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Cli.Hosting;

/// <summary>Whether a writer could use a repository now: what a plan needs to give the answer of the run. Changes nothing.</summary>
internal static class RepositoryAccess
{
    private const string LockFile = "lock"; // docs/format.md

    /// <exception cref="UnauthorizedAccessException">A folder of it cannot be written.</exception>
    /// <exception cref="RepositoryException">Another process writes to it.</exception>
    public static async Task RequireWritableAsync(string repo, CancellationToken cancellationToken)
    {
        string place = Path.GetFullPath(repo);
        foreach (string folder in Directory.EnumerateDirectories(place).Prepend(place))
        {
            FolderAccess.RequireWritable(folder, "The repository cannot be written");
        }

        if (File.Exists(Path.Combine(place, LockFile)))
        {
            await using IStorageLock? free = await new FolderStorage(place).TryLockAsync(LockFile, cancellationToken);
            if (free is null)
            {
                throw new RepositoryException(RepositoryFailure.InUse, $"The repository at {place} is in use by another process; try again when it has finished.");
            }
        }
    }
}
