using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>
/// Removes sets from storage. Invariant: the index says first that a set is removed, and forgets it only when its folder and its mark are durably gone; so a
/// removal that is interrupted anywhere is completed by the next writer, and no reader takes what is left for a set.
/// </summary>
internal static class SetRemoval
{
    /// <summary>Makes the removal durable: from here on no reader lists the sets.</summary>
    /// <returns>The index as it is stored now.</returns>
    public static async ValueTask<IndexRecord> CommitAsync(BackupRepository repository, IReadOnlyCollection<NumberedId> sets, CancellationToken cancellationToken)
    {
        IndexRecord index = await repository.Catalog.ReadIndexAsync(cancellationToken);
        HashSet<NumberedId> removed = [.. sets];
        index = index with
        {
            Sets = [.. index.Sets.Where(set => !removed.Contains(new NumberedId(set.Sequence, set.Id)))],
            Removals = [.. index.Removals.Concat(removed).OrderBy(static removal => removal.Number)],
            Held = [.. index.Held.Where(held => !removed.Contains(held))],
        };
        await WriteAsync(repository, index, cancellationToken);
        return index;
    }

    /// <summary>Deletes what the index says is removed, and then lets the index forget it.</summary>
    public static async ValueTask CompleteAsync(BackupRepository repository, IndexRecord index, CancellationToken cancellationToken)
    {
        IRepositoryStorage storage = repository.Storage;
        foreach (NumberedId removal in index.Removals)
        {
            await storage.DeleteAsync(RepositoryLayout.SetFolder(removal.Number, removal.Id), cancellationToken);
        }

        if (index.Removals.Count > 0)
        {
            await storage.FlushFolderAsync(RepositoryLayout.Sets, cancellationToken);
            await DeleteMarksAsync(storage, index.Removals, cancellationToken);
        }

        await WriteAsync(repository, index with { Removals = [] }, cancellationToken);
    }

    /// <summary>Deletes the marks of some sets, durably. A set without a mark is passed over.</summary>
    public static async ValueTask DeleteMarksAsync(IRepositoryStorage storage, IEnumerable<NumberedId> sets, CancellationToken cancellationToken)
    {
        if (await storage.ListAsync(RepositoryLayout.Marks, cancellationToken) is not { } entries)
        {
            return;
        }

        HashSet<string> marks = [.. entries.Select(static entry => entry.Name)];
        foreach (NumberedId set in sets.Where(set => marks.Contains(RepositoryLayout.SetName(set.Number, set.Id))))
        {
            await storage.DeleteAsync(RepositoryLayout.MarkPath(set.Number, set.Id), cancellationToken);
        }

        await storage.FlushFolderAsync(RepositoryLayout.Marks, cancellationToken);
    }

    private static async ValueTask WriteAsync(BackupRepository repository, IndexRecord index, CancellationToken cancellationToken)
    {
        await RecordFile.PrepareAsync(repository.Storage, RepositoryLayout.IndexFile, index, cancellationToken);
        await RecordFile.PlaceAsync(repository.Storage, "", RepositoryLayout.IndexFile, cancellationToken);
    }
}
