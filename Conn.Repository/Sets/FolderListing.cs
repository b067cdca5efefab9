using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Lists folders of the repository for those who read it, whatever is damaged.</summary>
internal static class FolderListing
{
    /// <summary>Lists a folder. A file in its place is reported, and taken for an empty folder.</summary>
    /// <returns>The entries; null when nothing is there.</returns>
    public static async ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(
        IRepositoryStorage storage, string folder, Action<string> report, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.ListAsync(folder, cancellationToken);
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            report(error.Message);
            return [];
        }
    }
}
