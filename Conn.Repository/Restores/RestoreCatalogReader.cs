using Conn.Repository.Format;
using Conn.Repository.Sets;
using Conn.Repository.Storage;

namespace Conn.Repository.Restores;

/// <summary>Reads the committed restores for a <see cref="CatalogReader"/>, and adds problems, changes of the index and foreign files to its lists.</summary>
internal sealed class RestoreCatalogReader(
    IRepositoryStorage storage, Hash128? repositoryId, List<SetProblem> problems, List<string> changes, List<string> foreign)
{
    private readonly List<RestoreRecord> _records = [];
    private readonly List<IndexedRestore> _indexed = [];
    private long _unknownParentsUpTo = -1;

    public async ValueTask<RestoreCatalog> ReadAsync(IndexRecord? index, long lastSequence, CancellationToken cancellationToken)
    {
        IReadOnlyList<StorageEntry>? entries = await FolderListing.ListAsync(storage, RepositoryLayout.Restores, Report, cancellationToken);
        if (entries is null)
        {
            Report("The folder of restores is missing.");
        }

        long lastNumber = index?.LastRestore ?? 0;
        Dictionary<string, IndexedRestore> listed =
            index?.Restores.ToDictionary(static restore => RepositoryLayout.RestoreName(restore.Number, restore.Id)) ?? [];
        foreach (StorageEntry entry in entries ?? [])
        {
            if (entry.Name.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (entry.IsFolder || !RepositoryLayout.TryParseNumbered(entry.Name, out long number, out SetId id))
            {
                foreign.Add($"{RepositoryLayout.Restores}/{entry.Name} is not part of the repository.");
                continue;
            }

            listed.Remove(entry.Name, out IndexedRestore? indexed);
            if (indexed is null && index is not null && (number <= index.LastRestore || number - lastNumber > FormatLimits.MaxListed))
            {
                Report($"The index does not list restore {entry.Name}.");
                continue;
            }

            if (indexed is null && _indexed.Exists(restore => restore.Number == number))
            {
                Report($"Another restore has the same number as restore {entry.Name}.");
                continue;
            }

            lastNumber = Math.Max(lastNumber, number);
            await ReadAsync(number, id, indexed, lastSequence, cancellationToken);
            if (indexed is null && index is not null)
            {
                changes.Add($"Restore {id} was committed by a writer that was stopped before it updated the index.");
            }
        }

        foreach ((string name, IndexedRestore missing) in listed)
        {
            Report($"The record of restore {name} is missing.");
            _unknownParentsUpTo = Math.Max(_unknownParentsUpTo, missing.Sequence);
            _indexed.Add(missing);
        }

        _indexed.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        _records.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        return new RestoreCatalog(_records, _indexed, lastNumber, _unknownParentsUpTo);
    }

    private async ValueTask ReadAsync(long number, SetId id, IndexedRestore? indexed, long lastSequence, CancellationToken cancellationToken)
    {
        long sequence = indexed?.Sequence ?? lastSequence;
        if (await TryReadAsync(number, id, cancellationToken) is { } record)
        {
            _records.Add(record);
            sequence = Math.Min(record.Sequence, lastSequence);
        }
        else
        {
            _unknownParentsUpTo = Math.Max(_unknownParentsUpTo, sequence);
        }

        _indexed.Add(indexed ?? new IndexedRestore(number, id, sequence));
    }

    private async ValueTask<RestoreRecord?> TryReadAsync(long number, SetId id, CancellationToken cancellationToken)
    {
        try
        {
            byte[] bytes = await RecordFile.ReadAsync(storage, RepositoryLayout.RestorePath(number, id), cancellationToken) ?? [];
            (Hash128 repository, RestoreRecord record) = StoredRestore.Open(bytes);
            return record.Number == number && record.Id == id.Text && (repositoryId is null || repository == repositoryId)
                ? record
                : throw CheckedRecord.Damaged(RecordKind.Restore, "it is the record of another restore");
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            problems.Add(new SetProblem(CatalogReader.Repository, $"Restore {id}: {error.Message}") { IsForged = error.IsForged });
            return null;
        }
    }

    private void Report(string problem) => problems.Add(new SetProblem(CatalogReader.Repository, problem));
}
