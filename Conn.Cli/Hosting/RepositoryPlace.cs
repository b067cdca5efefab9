using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Cli.Hosting;

/// <summary>The repository a command names.</summary>
internal static class RepositoryPlace
{
    /// <summary>Opens the repository that is there.</summary>
    /// <exception cref="RepositoryException">There is none, or it cannot be opened.</exception>
    public static async Task<BackupRepository> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await BackupRepository.OpenAsync(path, null, cancellationToken);
        }
        catch (RepositoryException e) when (e.Failure == RepositoryFailure.NoRepository)
        {
            throw new RepositoryException(e.Failure, $"There is no repository at {Path.GetFullPath(path)}. Check the path, and whether its disk is mounted; "
                + "conn init or conn backup --create makes a new one.", null, e);
        }
    }

    /// <summary>Whether there is nothing in a place, so that a repository can be made there.</summary>
    public static async Task<bool> IsNothingAsync(string path, CancellationToken cancellationToken) =>
        await BackupRepository.ProbeAsync(new FolderStorage(Path.GetFullPath(path)), cancellationToken) == RepositoryPresence.Nothing;

    /// <summary>Opens the repository that is there, or makes one.</summary>
    public static async Task<(BackupRepository Repository, bool Created)> OpenOrCreateAsync(string path, CancellationToken cancellationToken)
    {
        bool isNew = await IsNothingAsync(path, cancellationToken);
        return (await BackupRepository.OpenOrCreateAsync(path, null, cancellationToken), isNew);
    }
}
