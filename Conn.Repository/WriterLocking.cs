using System.Text;
using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>Takes the writer lock, and repairs what a killed writer left. Invariant: afterwards the index agrees with the stored sets and restores.</summary>
internal static class WriterLocking
{
    private const int MaxHolderBytes = 4096;
    private const string UnknownHolder = "an unknown process";
    private static readonly string[] Folders = ["", RepositoryLayout.Sets, RepositoryLayout.Restores];

    public static async ValueTask<RepositoryWriterLock> LockAsync(BackupRepository repository, string holder, CancellationToken cancellationToken)
    {
        IRepositoryStorage storage = repository.Storage;
        await RepositoryLocation.EnsureLockFileAsync(storage, cancellationToken);
        if (await storage.TryLockAsync(RepositoryLayout.LockFile, cancellationToken) is not { } storageLock)
        {
            string? other = await ReadHolderAsync(storage, cancellationToken);
            throw new RepositoryException(
                RepositoryFailure.InUse, $"The repository at {storage.Place} is in use by {other ?? UnknownHolder}; try again when it has finished.")
            {
                Holder = other,
            };
        }

        RepositoryWriterLock writerLock = new(repository, holder, storageLock);
        try
        {
            List<string> notes = [];
            if (await ReadHolderAsync(storage, cancellationToken) is { } previous)
            {
                notes.Add($"The last writer ({previous}) was stopped before it finished.");
                await storage.DeleteAsync(RepositoryLayout.HolderFile, cancellationToken);
            }

            await ReservedRoom.UseAsync(storage, () => WriteHolderAsync(storage, holder, cancellationToken), cancellationToken);

            await RecoverAsync(repository, notes, cancellationToken);
            writerLock.Notes = notes;
            return writerLock;
        }
        catch
        {
            await writerLock.DisposeAsync();
            throw;
        }
    }

    private static async ValueTask WriteHolderAsync(IRepositoryStorage storage, string holder, CancellationToken cancellationToken)
    {
        try
        {
            await using IStoredFileWriter file = await storage.CreateAsync(RepositoryLayout.HolderFile, cancellationToken);
            await file.AppendAsync(Encoding.UTF8.GetBytes(holder), cancellationToken);
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.DiskFull)
        {
            await storage.DeleteAsync(RepositoryLayout.HolderFile, CancellationToken.None);
            throw;
        }
    }

    private static async ValueTask RecoverAsync(BackupRepository repository, List<string> notes, CancellationToken cancellationToken)
    {
        IRepositoryStorage storage = repository.Storage;
        await RemoveLeftoversAsync(storage, notes, cancellationToken);

        // The last writer may have been stopped between a rename and its flush. What this one writes must not survive a power loss that those do not survive.
        foreach (string folder in Folders)
        {
            await storage.FlushFolderAsync(folder, cancellationToken);
        }

        if (await storage.ListAsync(RepositoryLayout.Marks, cancellationToken) is not null)
        {
            await storage.FlushFolderAsync(RepositoryLayout.Marks, cancellationToken);
        }

        if (repository.Keys is { } keys)
        {
            notes.AddRange(await keys.RecoverAsync(cancellationToken));
        }

        SetCatalog catalog = await repository.Catalog.ReadAsync(cancellationToken);
        RequireReadable(catalog);
        notes.AddRange(catalog.IndexChanges);
        if (catalog.IndexChanges.Count > 0 || catalog.Index.Removals.Count > 0)
        {
            await SetRemoval.CompleteAsync(repository, catalog.Index, cancellationToken);
            notes.AddRange(catalog.RemovalFolders.Select(static folder => $"The interrupted removal of {folder} was completed."));
            await repository.Catalog.ReadAsync(cancellationToken);
        }
    }

    // The next set would take the sequence of a set that the index does not list and that cannot be read for a moment.
    private static void RequireReadable(SetCatalog catalog)
    {
        HashSet<long> listed = [.. catalog.Index.Sets.Select(static set => set.Sequence)];
        if (catalog.Sets.Problems.FirstOrDefault(problem => problem is { Failure: RepositoryFailure.Io, IsOfMark: false } && !listed.Contains(problem.Sequence)) is { } unread)
        {
            throw new RepositoryException(
                RepositoryFailure.Io,
                $"Set {unread.Set} is not in the index, and it cannot be read: {unread.What} Try again; if it stays unreadable, remove its folder.",
                unread.Set);
        }
    }

    private static async ValueTask RemoveLeftoversAsync(IRepositoryStorage storage, List<string> notes, CancellationToken cancellationToken)
    {
        foreach (string folder in new[] { RepositoryLayout.Sets, RepositoryLayout.Unfinished, RepositoryLayout.Restores })
        {
            if (await storage.ListAsync(folder, cancellationToken) is null)
            {
                await storage.CreateFolderAsync(folder, cancellationToken);
            }
        }

        foreach (StorageEntry entry in await storage.ListAsync(RepositoryLayout.Unfinished, cancellationToken) ?? [])
        {
            if (!SetId.TryParse(entry.Name, out _))
            {
                notes.Add($"{RepositoryLayout.Unfinished}/{entry.Name} is not part of the repository, and is left there.");
                continue;
            }

            await storage.DeleteAsync(RepositoryLayout.Unfinished + "/" + entry.Name, cancellationToken);
            notes.Add($"The unfinished set {entry.Name} was removed.");
        }

        foreach (string folder in new[] { "", RepositoryLayout.Restores, RepositoryLayout.Keys, RepositoryLayout.Marks })
        {
            foreach (StorageEntry entry in await storage.ListAsync(folder, cancellationToken) ?? [])
            {
                if (entry.Name.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal))
                {
                    await storage.DeleteAsync(folder.Length == 0 ? entry.Name : folder + "/" + entry.Name, cancellationToken);
                }
            }
        }
    }

    private static async ValueTask<string?> ReadHolderAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        if (await storage.OpenReadAsync(RepositoryLayout.HolderFile, cancellationToken) is not { } file)
        {
            return null;
        }

        await using (file)
        {
            byte[] bytes = new byte[Math.Min(file.Bytes, MaxHolderBytes)];
            string name = Encoding.UTF8.GetString(bytes, 0, await file.ReadAsync(0, bytes, cancellationToken));

            // The file is never flushed, so a power loss may leave control characters in it; they are removed.
            return string.Concat(name.Where(static c => !char.IsControl(c))) is { Length: > 0 } text ? text : UnknownHolder;
        }
    }
}
