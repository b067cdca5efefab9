using Conn.Repository;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Cli.Hosting;

/// <summary>The repository a command names.</summary>
internal static class RepositoryPlace
{
    /// <summary>Opens what is there.</summary>
    public static async Task<BackupRepository> OpenAsync(string path, CancellationToken cancellationToken)
    {
        FolderStorage storage = new(Path.GetFullPath(path));
        return await BackupRepository.OpenAsync(storage, new RepositoryOptions(), cancellationToken);
    }

    /// <summary>Opens what is there, or creates it when nothing is.</summary>
    public static async Task<(BackupRepository Repository, bool Created)> OpenOrCreateAsync(string path, CancellationToken cancellationToken)
    {
        FolderStorage storage = new(Path.GetFullPath(path));
        return await BackupRepository.ProbeAsync(storage, cancellationToken) == RepositoryPresence.Nothing
            ? (await BackupRepository.CreateAsync(storage, new RepositoryOptions(), cancellationToken), true)
            : (await BackupRepository.OpenAsync(storage, new RepositoryOptions(), cancellationToken), false);
    }

    /// <summary>The set a command names: an id, or latest.</summary>
    /// <exception cref="RepositoryException">There is no such set.</exception>
    public static BackupSet Find(SetList sets, string? name)
    {
        if (name is null or "latest")
        {
            // A set that cannot be read may be the newest: going back to an older one is for the user to say.
            if (sets.Problems.FirstOrDefault(p => sets.Count == 0 || p.Sequence > sets[^1].Sequence) is { } problem)
            {
                throw new RepositoryException(RepositoryFailure.Damaged,
                    $"Which set is the latest cannot be said: {problem.Set}: {problem.What} Run conn verify, and name a set with its id (conn list).", problem.Set);
            }

            return sets.Count > 0 ? sets[^1] : throw new RepositoryException(RepositoryFailure.NoSuchSet, "The repository holds no set yet; run conn backup first.");
        }

        if (SetId.TryParse(name, out SetId id))
        {
            if (sets.Find(id) is { } set)
            {
                return set;
            }

            if (sets.Problems.FirstOrDefault(p => p.Set == name) is { } problem)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, $"Set {name} cannot be read: {problem.What} Run conn verify, and choose another set.", name);
            }
        }

        throw new RepositoryException(RepositoryFailure.NoSuchSet, $"The repository holds no set {name}; conn list shows those it holds.", name);
    }
}
