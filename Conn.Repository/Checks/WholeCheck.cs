using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository.Checks;

/// <summary>Checks what belongs to no set: the format file, the lock, leftovers.</summary>
internal static class WholeCheck
{
    /// <summary>What a problem of no set is filed under.</summary>
    public const string Repository = "repository";

    /// <summary>Reads the format file; gives the repository's id, or null and a problem.</summary>
    /// <exception cref="RepositoryException">NoRepository, Foreign, NewerFormat.</exception>
    public static async ValueTask<UInt128?> FormatAsync(IRepositoryStorage storage, List<VerifyProblem> problems, CancellationToken cancellationToken)
    {
        switch (await RepositoryPlace.ProbeAsync(storage, cancellationToken))
        {
            case RepositoryPresence.Nothing:
                throw new RepositoryException(RepositoryFailure.NoRepository, $"There is no repository at {storage.Place}.");
            case RepositoryPresence.Foreign:
                throw new RepositoryException(RepositoryFailure.Foreign, $"{storage.Place} holds something that is not a repository.");
            default:
                break;
        }

        try
        {
            return (await RepositoryPlace.ReadFormatAsync(storage, cancellationToken)).RepositoryId;
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.NoRepository)
        {
            problems.Add(new VerifyProblem(Repository, null, error.Failure == RepositoryFailure.Damaged ? error.Message : "The format file is missing."));
            return null;
        }
    }

    /// <summary>Names everything at the top that is not part of the repository, and what a killed run left.</summary>
    public static async ValueTask LeftoversAsync(
        IRepositoryStorage storage, List<VerifyProblem> problems, List<string> notes, CancellationToken cancellationToken)
    {
        var hasLock = false;
        var hasUnfinished = false;
        foreach (var entry in await storage.ListAsync("", cancellationToken) ?? [])
        {
            switch (entry.Name)
            {
                case RepositoryLayout.FormatFile or RepositoryLayout.IndexFile or RepositoryLayout.Sets or RepositoryLayout.Restores:
                    break;
                case RepositoryLayout.Unfinished:
                    hasUnfinished = true;
                    break;
                case RepositoryLayout.LockFile:
                    hasLock = true;
                    if (entry.Bytes > 0)
                    {
                        problems.Add(new VerifyProblem(Repository, null, "The lock file should be empty."));
                    }

                    break;
                case RepositoryLayout.HolderFile:
                    notes.Add("A writer is at work, or was stopped before it was done.");
                    break;
                default:
                    notes.Add(entry.Name.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal)
                        ? $"{entry.Name} is being written, or was left by a writer that was stopped; the next one removes it."
                        : $"{entry.Name} is not part of the repository.");
                    break;
            }
        }

        if (!hasLock)
        {
            notes.Add("The lock file is missing; the next writer makes it again.");
        }

        if (!hasUnfinished)
        {
            notes.Add("The folder of unfinished sets is missing; the next writer makes it again.");
        }

        foreach (var entry in await storage.ListAsync(RepositoryLayout.Unfinished, cancellationToken) ?? [])
        {
            notes.Add($"Set {entry.Name} is being written, or was left by a writer that was stopped; the next one removes it.");
        }
    }
}
