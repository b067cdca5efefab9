using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Checks the files that belong to no set: the format file, the lock, and files that a killed writer left.</summary>
internal static class TopLevelCheck
{
    /// <summary>Reads the format file; or returns null, and adds a problem.</summary>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat.</exception>
    public static async ValueTask<FormatRecord?> CheckFormatAsync(IRepositoryStorage storage, List<VerifyProblem> problems, CancellationToken cancellationToken)
    {
        switch (await RepositoryLocation.ProbeAsync(storage, cancellationToken))
        {
            case RepositoryPresence.Nothing:
                throw new RepositoryException(RepositoryFailure.NoRepository, $"There is no repository at {storage.Place}.");
            case RepositoryPresence.Foreign:
                throw RepositoryLocation.Foreign(storage);
            default:
                break;
        }

        try
        {
            return await RepositoryLocation.ReadFormatAsync(storage, cancellationToken);
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NoRepository)
        {
            string what = error.Failure == RepositoryFailure.Damaged ? error.Message : "The format file is missing.";
            problems.Add(new VerifyProblem(CatalogReader.Repository, null, what));
            return null;
        }
    }

    /// <summary>Adds a problem for each damaged key slot, and if no slot is left.</summary>
    public static async ValueTask CheckKeysAsync(
        IRepositoryStorage storage, Hash128 repositoryId, List<VerifyProblem> problems, CancellationToken cancellationToken)
    {
        (IReadOnlyList<KeySlot> slots, IReadOnlyList<string> damaged) = await KeySlots.ReadAsync(storage, repositoryId, cancellationToken);
        problems.AddRange(damaged.Select(static what => new VerifyProblem(CatalogReader.Repository, null, what)));
        if (slots.Count == 0)
        {
            problems.Add(new VerifyProblem(CatalogReader.Repository, null, "No key slot is left: the repository cannot be decrypted."));
        }
    }

    /// <summary>Adds a note for every other file at the top level, and a problem for a lock file that is not empty.</summary>
    public static async ValueTask CheckFilesAsync(
        IRepositoryStorage storage, List<VerifyProblem> problems, List<string> notes, CancellationToken cancellationToken)
    {
        bool hasLock = false;
        bool hasUnfinished = false;
        foreach (StorageEntry entry in await storage.ListAsync("", cancellationToken) ?? [])
        {
            switch (entry.Name)
            {
                case RepositoryLayout.FormatFile or RepositoryLayout.IndexFile or RepositoryLayout.Sets or RepositoryLayout.Restores or RepositoryLayout.Keys
                    or RepositoryLayout.Marks or RepositoryLayout.ReserveFile:
                    break;
                case RepositoryLayout.Unfinished:
                    hasUnfinished = true;
                    break;
                case RepositoryLayout.LockFile or RepositoryLayout.CreationLockFile:
                    hasLock |= entry.Name == RepositoryLayout.LockFile;
                    if (entry.Bytes > 0)
                    {
                        problems.Add(new VerifyProblem(CatalogReader.Repository, null, $"The file {entry.Name} is not empty."));
                    }

                    break;
                case RepositoryLayout.HolderFile:
                    notes.Add("A writer is running, or was stopped before it finished.");
                    break;
                default:
                    notes.Add(entry.Name.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal)
                        ? $"{entry.Name} is being written, or is left from a writer that was stopped; the next writer removes it."
                        : $"{entry.Name} is not part of the repository.");
                    break;
            }
        }

        if (!hasLock)
        {
            notes.Add("The lock file is missing; the next writer creates it.");
        }

        if (!hasUnfinished)
        {
            notes.Add("The folder of unfinished sets is missing; the next writer creates it.");
        }

        foreach (StorageEntry entry in await FolderListing.ListAsync(
            storage, RepositoryLayout.Unfinished, what => problems.Add(new VerifyProblem(CatalogReader.Repository, null, what)), cancellationToken) ?? [])
        {
            notes.Add($"Set {entry.Name} is being written, or is left from a writer that was stopped; the next writer removes it.");
        }
    }
}
