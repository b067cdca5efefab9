using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads the catalogue once. Damage becomes a problem, never an exception; a newer format does.</summary>
internal sealed class CatalogReader
{
    private const string Whole = "repository";
    private readonly IRepositoryStorage _storage;
    private readonly UInt128? _repositoryId;
    private readonly List<BackupSet> _sets = [];
    private readonly List<IndexedSet> _indexed = [];
    private readonly List<SetProblem> _problems = [];
    private readonly List<string> _changes = [];
    private readonly List<string> _doomed = [];
    private readonly List<RestoreRecord> _restores = [];
    private readonly List<IndexedRestore> _indexedRestores = [];
    private bool _mayBeStale;

    private CatalogReader(IRepositoryStorage storage, UInt128? repositoryId)
    {
        _storage = storage;
        _repositoryId = repositoryId;
    }

    /// <summary>Looks until index and folders belong to one moment: a writer may commit between two reads.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="repositoryId">Id that every record must bear; null when the format file cannot be read.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async ValueTask<SetCatalog> ReadAsync(IRepositoryStorage storage, UInt128? repositoryId, CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            var before = await RecordFile.ReadAsync(storage, RepositoryLayout.IndexFile, cancellationToken);
            var reader = new CatalogReader(storage, repositoryId);
            var catalog = await reader.ReadAsync(before, cancellationToken);
            if (!reader._mayBeStale || tries == 8)
            {
                return catalog;
            }

            var after = await RecordFile.ReadAsync(storage, RepositoryLayout.IndexFile, cancellationToken);
            if (before.AsSpan().SequenceEqual(after))
            {
                return catalog;
            }
        }
    }

    private async ValueTask<SetCatalog> ReadAsync(byte[]? indexBytes, CancellationToken cancellationToken)
    {
        var index = OpenIndex(indexBytes);
        var folders = await FoldersAsync(cancellationToken);
        var last = index?.LastSequence ?? 0;
        foreach (var set in index?.Sets ?? [])
        {
            _indexed.Add(set);
            if (folders.Remove(RepositoryLayout.SetName(set.Sequence, set.Id)))
            {
                await AddAsync(set.Sequence, set.Id, set.ManifestSha, cancellationToken);
            }
            else
            {
                _mayBeStale = true;
                _problems.Add(new SetProblem(set.Id.Text, "The set is in the index, but its folder is missing: it was removed by other means.", set.Sequence));
            }
        }

        foreach (var doomed in index?.Doomed ?? [])
        {
            var name = RepositoryLayout.SetName(doomed.Number, doomed.Id);
            if (folders.Remove(name))
            {
                _doomed.Add(RepositoryLayout.Sets + "/" + name);
            }
        }

        foreach (var name in folders)
        {
            last = await AddUnknownAsync(name, index, last, cancellationToken);
        }

        var (lastRestore, doubtful) = await ReadRestoresAsync(index, last, cancellationToken);
        _sets.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        _indexed.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        return new SetCatalog
        {
            Sets = new SetList(_sets, _problems),
            Index = new IndexRecord(_repositoryId ?? index?.RepositoryId ?? 0, last, lastRestore, _indexed, _indexedRestores, index?.Doomed ?? []),
            Restores = _restores,
            DoubtfulUpTo = doubtful,
            Changes = _changes,
            DoomedFolders = _doomed,
            IndexIsGood = index is not null,
        };
    }

    private IndexRecord? OpenIndex(byte[]? bytes)
    {
        try
        {
            if (bytes is not null)
            {
                var index = IndexRecord.Open(bytes);
                if (_repositoryId is null || index.RepositoryId == _repositoryId)
                {
                    return index;
                }
            }

            Report(bytes is null ? "The index is missing." : "The index belongs to another repository.");
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            Report(error.Message);
        }

        return null;

        void Report(string what)
        {
            _mayBeStale = true;
            _problems.Add(new SetProblem(Whole, what));
            _changes.Add($"{what} It was rebuilt from the sets that are there; whether one is missing cannot be known.");
        }
    }

    private async ValueTask<SortedSet<string>> FoldersAsync(CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var entries = await _storage.ListAsync(RepositoryLayout.Sets, cancellationToken);
        if (entries is null)
        {
            _problems.Add(new SetProblem(Whole, "The folder of sets is missing."));
        }

        foreach (var entry in entries ?? [])
        {
            if (entry.IsFolder)
            {
                names.Add(entry.Name);
            }
            else
            {
                _problems.Add(new SetProblem(Whole, $"{RepositoryLayout.Sets}/{entry.Name} does not belong there."));
            }
        }

        return names;
    }

    // A folder that the index does not know: the one set whose writer died after the rename, or something that should not be there.
    private async ValueTask<long> AddUnknownAsync(string name, IndexRecord? index, long last, CancellationToken cancellationToken)
    {
        if (!RepositoryLayout.TryParseNumbered(name, out var sequence, out var id))
        {
            _problems.Add(new SetProblem(name, "The folder's name is not that of a set."));
            return last;
        }

        _mayBeStale = true;
        if (index is not null && sequence != index.LastSequence + 1)
        {
            _problems.Add(new SetProblem(id.Text, $"The set is in the folder of sets with sequence {sequence}, but not in the index.", sequence));
            return last;
        }

        if (await AddAsync(sequence, id, null, cancellationToken) is not { } sha)
        {
            return Math.Max(last, index is null ? sequence : last);
        }

        _indexed.Add(new IndexedSet(id, sequence, sha));
        if (index is not null)
        {
            _changes.Add($"Set {id} was committed by a writer that was stopped; it is in the index now.");
        }

        return Math.Max(last, sequence);
    }

    // Gives the SHA-256 of a good manifest; of a bad one, or of a set that is not whole, null and a problem.
    private async ValueTask<Sha256Hash?> AddAsync(long sequence, SetId id, Sha256Hash? sha, CancellationToken cancellationToken)
    {
        try
        {
            var (set, found) = await SetFiles.ReadManifestAsync(_storage, _repositoryId, sequence, id, sha, cancellationToken);
            if (sha is null)
            {
                await SetFiles.RequireWholeAsync(_storage, set, cancellationToken);
            }

            _sets.Add(set);
            return found;
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.Io)
        {
            _mayBeStale = true;
            _problems.Add(new SetProblem(id.Text, error.Message, sequence));
            return null;
        }
    }

    private async ValueTask<(long Last, long Doubtful)> ReadRestoresAsync(IndexRecord? index, long lastSequence, CancellationToken cancellationToken)
    {
        var entries = await _storage.ListAsync(RepositoryLayout.Restores, cancellationToken);
        if (entries is null)
        {
            _problems.Add(new SetProblem(Whole, "The folder of restores is missing."));
        }

        var last = index?.LastRestore ?? 0;
        var doubtful = -1L;
        var known = index?.Restores.ToDictionary(static restore => RepositoryLayout.RestoreName(restore.Number, restore.Id)) ?? [];
        foreach (var entry in entries ?? [])
        {
            if (entry.Name.EndsWith(RepositoryLayout.NewSuffix, StringComparison.Ordinal))
            {
                continue;
            }

            if (entry.IsFolder || !RepositoryLayout.TryParseNumbered(entry.Name, out var number, out var id))
            {
                _problems.Add(new SetProblem(Whole, $"{RepositoryLayout.Restores}/{entry.Name} does not belong there."));
                continue;
            }

            var isKnown = known.Remove(entry.Name, out var restore);
            if (!isKnown && index is not null && number != index.LastRestore + 1)
            {
                _mayBeStale = true;
                _problems.Add(new SetProblem(Whole, $"Restore {entry.Name} is not in the index."));
                continue;
            }

            last = Math.Max(last, number);
            var record = await ReadRestoreAsync(number, id, cancellationToken);
            doubtful = record is null ? Math.Max(doubtful, restore?.Sequence ?? lastSequence) : doubtful;
            _indexedRestores.Add(restore ?? new IndexedRestore(number, id, Math.Min(record?.Sequence ?? lastSequence, lastSequence)));
            if (!isKnown && index is not null)
            {
                _changes.Add($"Restore {id} was committed by a writer that was stopped; it is in the index now.");
            }
        }

        foreach (var (name, missing) in known)
        {
            _mayBeStale = true;
            _problems.Add(new SetProblem(Whole, $"The record of restore {name} is missing."));
            doubtful = Math.Max(doubtful, missing.Sequence);
            _indexedRestores.Add(missing);
        }

        _indexedRestores.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        _restores.Sort(static (left, right) => left.Number.CompareTo(right.Number));
        return (last, doubtful);
    }

    private async ValueTask<RestoreRecord?> ReadRestoreAsync(long number, SetId id, CancellationToken cancellationToken)
    {
        try
        {
            var bytes = await RecordFile.ReadAsync(_storage, RepositoryLayout.RestorePath(number, id), cancellationToken) ?? [];
            var (repository, record) = StoredRestore.Open(bytes);
            if (record.Number != number || record.Id != id.Text || (_repositoryId is not null && repository != _repositoryId))
            {
                throw CheckedRecord.Damaged(RecordKind.Restore, "it is another one");
            }

            _restores.Add(record);
            return record;
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            _mayBeStale = true;
            _problems.Add(new SetProblem(Whole, $"Restore {id}: {error.Message}"));
            return null;
        }
    }
}
