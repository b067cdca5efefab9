using System.Text;
using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>What happens when somebody takes the right to write: the lock, the holder's name, and order after a writer that was killed.</summary>
internal static class WriterEntry
{
    private const int MaxHolderBytes = 4096;

    public static async ValueTask<RepositoryWriterLock> LockAsync(BackupRepository repository, string holder, CancellationToken cancellationToken)
    {
        var storage = repository.Storage;
        await RepositoryPlace.EnsureLockFileAsync(storage, cancellationToken);
        var held = await storage.TryLockAsync(RepositoryLayout.LockFile, cancellationToken)
            ?? throw new RepositoryException(
                RepositoryFailure.InUse,
                $"The repository at {storage.Place} is in use by {await ReadHolderAsync(storage, cancellationToken) ?? "somebody who has not said who it is"}; try again when it has finished.");
        var writerLock = new RepositoryWriterLock(repository, holder, held);
        try
        {
            var notes = new List<string>();
            if (await ReadHolderAsync(storage, cancellationToken) is { } before)
            {
                notes.Add($"The last writer ({before}) was stopped before it was done.");
                await storage.DeleteAsync(RepositoryLayout.HolderFile, cancellationToken);
            }

            await using (var file = await storage.CreateAsync(RepositoryLayout.HolderFile, cancellationToken))
            {
                await file.AppendAsync(Encoding.UTF8.GetBytes(holder), cancellationToken);
            }

            await PutInOrderAsync(repository, notes, cancellationToken);
            writerLock.Notes = notes;
            return writerLock;
        }
        catch
        {
            await writerLock.DisposeAsync();
            throw;
        }
    }

    private static async ValueTask PutInOrderAsync(BackupRepository repository, List<string> notes, CancellationToken cancellationToken)
    {
        var storage = repository.Storage;
        await RemoveLeftoversAsync(storage, notes, cancellationToken);
        var catalog = await repository.LookAsync(cancellationToken);
        notes.AddRange(catalog.Changes);
        foreach (var folder in catalog.DoomedFolders)
        {
            await storage.DeleteAsync(folder, cancellationToken);
            notes.Add($"The removal of {folder} was finished.");
        }

        if (catalog.Changes.Count > 0 || catalog.Index.Doomed.Count > 0)
        {
            // Its entries may be younger than the last flush, and the index must not outlive them.
            await storage.FlushFolderAsync(RepositoryLayout.Sets, cancellationToken);
            await storage.FlushFolderAsync(RepositoryLayout.Restores, cancellationToken);
            await RecordFile.PrepareAsync(storage, RepositoryLayout.IndexFile, catalog.Index with { Doomed = [] }, cancellationToken);
            await RecordFile.PlaceAsync(storage, "", RepositoryLayout.IndexFile, cancellationToken);
            await repository.LookAsync(cancellationToken);
        }
    }

    private static async ValueTask RemoveLeftoversAsync(IRepositoryStorage storage, List<string> notes, CancellationToken cancellationToken)
    {
        foreach (var folder in new[] { RepositoryLayout.Sets, RepositoryLayout.Unfinished, RepositoryLayout.Restores })
        {
            if (await storage.ListAsync(folder, cancellationToken) is null)
            {
                await storage.CreateFolderAsync(folder, cancellationToken);
            }
        }

        foreach (var entry in await storage.ListAsync(RepositoryLayout.Unfinished, cancellationToken) ?? [])
        {
            await storage.DeleteAsync(RepositoryLayout.Unfinished + "/" + entry.Name, cancellationToken);
            notes.Add($"The unfinished set {entry.Name} was removed.");
        }

        foreach (var folder in new[] { "", RepositoryLayout.Restores })
        {
            foreach (var entry in await storage.ListAsync(folder, cancellationToken) ?? [])
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
            var bytes = new byte[Math.Min(file.Bytes, MaxHolderBytes)];
            var name = Encoding.UTF8.GetString(bytes, 0, await file.ReadAsync(0, bytes, cancellationToken));
            // Never flushed, so a power loss may leave it torn: what is no text is not passed on.
            return string.Concat(name.Where(static c => !char.IsControl(c))) is { Length: > 0 } text ? text : "somebody whose name is lost";
        }
    }
}
