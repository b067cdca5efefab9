using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>Reads the catalog. Invariant: damage becomes a problem of the catalog, never an exception; a newer format throws.</summary>
internal sealed class CatalogReader
{
    /// <summary>The <see cref="SetProblem.Set"/> of a problem that concerns no single set.</summary>
    public const string Repository = "repository";

    private const int MaxAttempts = 9;
    private readonly IRepositoryStorage _storage;
    private readonly Hash128? _repositoryId;
    private readonly bool _withSets;
    private readonly List<BackupSet> _sets = [];
    private readonly List<IndexedSet> _indexed = [];
    private readonly List<SetProblem> _problems = [];
    private readonly List<string> _changes = [];
    private readonly List<string> _foreign = [];

    private CatalogReader(IRepositoryStorage storage, Hash128? repositoryId, bool withSets)
    {
        _storage = storage;
        _repositoryId = repositoryId;
        _withSets = withSets;
    }

    /// <summary>Reads the catalog. If a writer commits while it is read, it is read again, so that index and folders belong to one point in time.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="repositoryId">Id that every record must have; null if the format file cannot be read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public static ValueTask<SetCatalog> ReadAsync(IRepositoryStorage storage, Hash128? repositoryId, CancellationToken cancellationToken) =>
        ReadAsync(storage, repositoryId, withSets: true, cancellationToken);

    /// <summary>Reads the records of restores as <see cref="ReadAsync(IRepositoryStorage, Hash128?, CancellationToken)"/> does, without the manifests of the
    /// sets that the index lists.</summary>
    public static async ValueTask<IReadOnlyList<RestoreRecord>> ReadRestoresAsync(IRepositoryStorage storage, Hash128? repositoryId, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(storage, repositoryId, withSets: false, cancellationToken)).Restores];

    private static async ValueTask<SetCatalog> ReadAsync(IRepositoryStorage storage, Hash128? repositoryId, bool withSets, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            (byte[]? before, SetProblem? problem) = await ReadIndexAsync(storage, cancellationToken);
            SetCatalog catalog = await new CatalogReader(storage, repositoryId, withSets).ReadAsync(before, problem, cancellationToken);
            if ((catalog.Sets.Problems.Count == 0 && catalog.IndexChanges.Count == 0) || attempt == MaxAttempts)
            {
                return catalog;
            }

            (byte[]? after, _) = await ReadIndexAsync(storage, cancellationToken);
            if (before.AsSpan().SequenceEqual(after))
            {
                return catalog;
            }
        }
    }

    // An index that cannot be read at all is as one without content: damaged.
    private static async ValueTask<(byte[]? Bytes, SetProblem? Problem)> ReadIndexAsync(IRepositoryStorage storage, CancellationToken cancellationToken)
    {
        try
        {
            return (await RecordFile.ReadAsync(storage, RepositoryLayout.IndexFile, cancellationToken), null);
        }
        catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
        {
            return ([], new SetProblem(Repository, error.Message) { IsForged = error.IsForged });
        }
    }

    private async ValueTask<SetCatalog> ReadAsync(byte[]? indexBytes, SetProblem? indexProblem, CancellationToken cancellationToken)
    {
        IndexRecord? index = OpenIndex(indexBytes, indexProblem);
        SortedSet<string> folders = await ListFoldersAsync(cancellationToken);
        await ReadIndexedSetsAsync(index, folders, cancellationToken);
        List<string> removals = [];
        foreach (NumberedId removal in index?.Removals ?? [])
        {
            string name = RepositoryLayout.SetName(removal.Number, removal.Id);
            if (folders.Remove(name))
            {
                removals.Add(RepositoryLayout.Sets + "/" + name);
            }
        }

        long lastSequence = index?.LastSequence ?? 0;
        foreach (string name in folders.OrderBy(static name => RepositoryLayout.TryParseNumbered(name, out long number, out _) ? number : 0))
        {
            lastSequence = await ReadUnindexedSetAsync(name, index, lastSequence, cancellationToken);
        }

        if (index is not null && lastSequence > index.LastSequence && _changes.Count == 0)
        {
            // Only sets that cannot be read: their sequences are written down, so that no other set takes them.
            _changes.Add($"The index is older than the set with sequence {lastSequence}.");
        }

        RestoreCatalogReader restoreReader = new(_storage, _repositoryId, _problems, _changes, _foreign);
        RestoreCatalog restores = await restoreReader.ReadAsync(index, lastSequence, cancellationToken);
        FindExchangedSets();
        _sets.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        _indexed.Sort(static (left, right) => left.Sequence.CompareTo(right.Sequence));
        HashSet<NumberedId> known = [.. _indexed.Select(static set => new NumberedId(set.Sequence, set.Id)), .. index?.Removals ?? []];
        known.UnionWith(folders.Select(static name => RepositoryLayout.TryParseNumbered(name, out long number, out SetId id) ? new NumberedId(number, id) : default));
        MarkCatalog marks = _withSets
            ? await new MarkCatalogReader(_storage, _repositoryId, _problems, _foreign).ReadAsync(known.Contains, index?.Held ?? [], cancellationToken)
            : MarkCatalog.None;
        IReadOnlyList<NumberedId> held = ListHeld(index, marks);
        return new SetCatalog
        {
            Sets = new SetList([.. WithPruned(_sets, marks)], _problems, marks),
            Index = new IndexRecord(
                _repositoryId ?? index?.RepositoryId ?? default, lastSequence, restores.LastNumber, _indexed, restores.Indexed, index?.Removals ?? []) { Held = held },
            Restores = restores.Records,
            UnknownParentsUpTo = restores.UnknownParentsUpTo,
            IndexChanges = _changes,
            RemovalFolders = removals,
            IndexWasRead = index is not null,
            Foreign = _foreign,
        };
    }

    // A hold whose writer was killed before the index, or that an older version wrote, is added; not one of a set that the index does not list: its sequence may be that of
    // another set, or of none.
    private IReadOnlyList<NumberedId> ListHeld(IndexRecord? index, MarkCatalog marks)
    {
        HashSet<NumberedId> held = [.. index?.Held ?? []];
        HashSet<NumberedId> listed = [.. _indexed.Select(static set => new NumberedId(set.Sequence, set.Id))];
        foreach (SetMark mark in marks.Marks.Values.Where(static mark => mark.Kind == SetMarkKind.Held))
        {
            NumberedId set = new(mark.Sequence, mark.Set);
            if (listed.Contains(set) && held.Add(set) && index is not null)
            {
                _changes.Add($"Set {mark.Set} is held, and the index did not list its hold.");
            }
        }

        return [.. held.OrderBy(static set => set.Number)];
    }

    // A set knows the manifest of the one before it. A removed set is no problem here, another one in its place is.
    private void FindExchangedSets()
    {
        Dictionary<long, IndexedSet> listed = _indexed.ToDictionary(static set => set.Sequence);
        foreach (BackupSet set in _sets)
        {
            if (set.Previous is { } previous && listed.TryGetValue(previous.Sequence, out IndexedSet? found) && found != previous)
            {
                _problems.Add(new SetProblem(
                    found.Id.Text, $"Set {set.Id} was written after set {previous.Id} with sequence {previous.Sequence}, and another one is in its place.", found.Sequence));
            }
        }
    }

    // Of several marks some may be missing after a prune that was cut off.
    private static IEnumerable<BackupSet> WithPruned(IReadOnlyList<BackupSet> sets, MarkCatalog marks) =>
        !marks.Marks.Values.Any(static mark => mark.Pruned.Count > 0) ? sets
        : PartChains.FindContinuing(sets, part => marks.Marks.GetValueOrDefault(part.Set)?.Pruned.Contains(part.Sid) == true).Select(static found => found.Sids.Length == 0
            ? found.Set : found.Set with { Parts = [.. found.Set.Parts.Select(part => found.Sids.Contains(part.Sid) ? part with { IsPruned = true } : part)] });

    private IndexRecord? OpenIndex(byte[]? bytes, SetProblem? unread)
    {
        string problem = unread?.What ?? "The index is missing.";
        if (bytes is not null && unread is null)
        {
            try
            {
                IndexRecord index = IndexRecord.Open(bytes);
                if (_repositoryId is null || index.RepositoryId == _repositoryId)
                {
                    return index;
                }

                problem = "The index belongs to another repository.";
            }
            catch (RepositoryException error) when (error.Failure == RepositoryFailure.Damaged)
            {
                problem = error.Message;
            }
        }

        _problems.Add(unread ?? new SetProblem(Repository, problem));
        _changes.Add($"WARNING: {problem} It was rebuilt from the stored sets; a set or a hold that is missing cannot be detected.");
        return null;
    }

    private async ValueTask<SortedSet<string>> ListFoldersAsync(CancellationToken cancellationToken)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        IReadOnlyList<StorageEntry>? entries = await FolderListing.ListAsync(_storage, RepositoryLayout.Sets, what => _problems.Add(new SetProblem(Repository, what)), cancellationToken);
        if (entries is null)
        {
            _problems.Add(new SetProblem(Repository, "The folder of sets is missing."));
        }

        foreach (StorageEntry entry in entries ?? [])
        {
            if (entry.IsFolder)
            {
                names.Add(entry.Name);
            }
            else
            {
                _foreign.Add($"{RepositoryLayout.Sets}/{entry.Name} is not part of the repository.");
            }
        }

        return names;
    }

    private async ValueTask ReadIndexedSetsAsync(IndexRecord? index, SortedSet<string> folders, CancellationToken cancellationToken)
    {
        foreach (IndexedSet set in index?.Sets ?? [])
        {
            _indexed.Add(set);
            if (!folders.Remove(RepositoryLayout.SetName(set.Sequence, set.Id)))
            {
                _problems.Add(new SetProblem(set.Id.Text, "The index lists the set, but its folder is missing: another program removed it.", set.Sequence));
            }
            else if (_withSets)
            {
                await ReadSetAsync(set.Sequence, set.Id, set.ManifestSha, cancellationToken);
            }
        }
    }

    // A folder that the index does not list: a set that was committed after the index was written, by a writer that was killed after the rename or before the index was put
    // back from a copy, and then sets between may be gone; or a problem. Its number is never taken again, unless it is so far away that no writer gave it.
    private async ValueTask<long> ReadUnindexedSetAsync(string name, IndexRecord? index, long lastSequence, CancellationToken cancellationToken)
    {
        if (!RepositoryLayout.TryParseNumbered(name, out long sequence, out SetId id))
        {
            _foreign.Add($"{RepositoryLayout.Sets}/{name} is not part of the repository.");
            return lastSequence;
        }

        if (index is not null && (sequence <= index.LastSequence || sequence - lastSequence > FormatLimits.MaxListed))
        {
            _problems.Add(new SetProblem(id.Text, $"The set is in the folder of sets with sequence {sequence}, but the index does not list it.", sequence));
            return lastSequence;
        }

        if (_indexed.Exists(set => set.Sequence == sequence))
        {
            _problems.Add(new SetProblem(id.Text, $"Another set has the same sequence {sequence}.", sequence));
            return lastSequence;
        }

        if (await ReadSetAsync(sequence, id, null, cancellationToken) is not { } sha)
        {
            return Math.Max(lastSequence, sequence);
        }

        _indexed.Add(new IndexedSet(id, sequence, sha));
        if (index is not null)
        {
            _changes.Add(sequence == lastSequence + 1
                ? $"Set {id} was committed by a writer that was stopped before it updated the index."
                : $"WARNING: The index is older than set {id}; no set with a sequence from {lastSequence + 1} to {sequence - 1} is there. They were removed, or are missing.");
        }

        return Math.Max(lastSequence, sequence);
    }

    // Returns the SHA-256 of the manifest; or null, and adds a problem, if the set cannot be listed.
    private async ValueTask<Sha256Hash?> ReadSetAsync(long sequence, SetId id, Sha256Hash? sha, CancellationToken cancellationToken)
    {
        try
        {
            (BackupSet set, Sha256Hash found) = await SetFiles.ReadManifestAsync(_storage, _repositoryId, sequence, id, sha, cancellationToken);
            if (sha is null)
            {
                await SetFiles.RequireCompleteAsync(_storage, set, cancellationToken);
            }

            _sets.Add(set);
            return found;
        }
        catch (RepositoryException error) when (error.Failure is RepositoryFailure.Damaged or RepositoryFailure.Io)
        {
            _problems.Add(new SetProblem(id.Text, error.Message, sequence) { Failure = error.Failure, IsForged = error.IsForged });
            return null;
        }
    }
}
