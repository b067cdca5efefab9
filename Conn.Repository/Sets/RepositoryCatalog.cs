using Conn.Repository.Encryption;
using Conn.Repository.Format;
using Conn.Repository.Restores;
using Conn.Repository.Storage;

namespace Conn.Repository.Sets;

/// <summary>
/// The sets and restores as they were last read, with what was committed through this repository since. It refuses an encrypted repository that is older than it was
/// when this machine last read it. Safe for several threads.
/// </summary>
internal sealed class RepositoryCatalog(IRepositoryStorage storage, Hash128 identity, RepositoryOptions options)
{
    private readonly RepositoryMemory? _memory =
        storage is EncryptedStorage && options.StateFolder is { } folder ? new RepositoryMemory(folder, identity.ToString()) : null;

    // Replaced as a whole when the storage is read; never changed.
    private volatile SetCatalog? _last;

    /// <summary>Gets what was read last; null before the first read.</summary>
    public SetCatalog? Last => _last;

    private int Epoch => (storage as EncryptedStorage)?.Keys.Epoch ?? 0;

    public BackupSet? Find(SetId id) => _last?.Sets.Find(id);

    public bool IsHidden(SetId id) => _last?.Sets.MarkCatalog.IsHidden(id) == true;

    /// <summary>Reads the storage.</summary>
    /// <exception cref="RepositoryException">Damaged: it is an older state than this machine knows. Others: it cannot be read.</exception>
    public async ValueTask<SetCatalog> ReadAsync(CancellationToken cancellationToken)
    {
        SetCatalog catalog = await CatalogReader.ReadAsync(storage, identity, cancellationToken);
        if (_memory is not null && storage is EncryptedStorage encrypted)
        {
            string? rollback = await _memory.FindRollbackAsync(catalog.Index, encrypted, cancellationToken);
            if (rollback is not null && !options.AcceptRollback)
            {
                throw new RepositoryException(RepositoryFailure.Damaged, rollback);
            }

            if (catalog.Index.Sets.Count > 0)
            {
                _memory.Remember(catalog.Index.Sets[^1], Epoch);
            }
        }

        return _last = catalog;
    }

    /// <summary>Reads the stored index. The caller holds the writer lock, so the index agrees with the stored sets.</summary>
    public async ValueTask<IndexRecord> ReadIndexAsync(CancellationToken cancellationToken) =>
        IndexRecord.Open(await RecordFile.ReadAsync(storage, RepositoryLayout.IndexFile, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, "The index is missing."));

    /// <summary>Adds a committed set, without a read that could fail after the commit.</summary>
    public void Add(BackupSet set, IndexedSet indexed)
    {
        _memory?.Remember(indexed, Epoch);
        if (_last is { } catalog)
        {
            _last = catalog with { Sets = new SetList([.. catalog.Sets.All, set], catalog.Sets.Problems, catalog.Sets.MarkCatalog) };
        }
    }

    /// <summary>Adds a committed restore, or replaces its record.</summary>
    public void Add(RestoreRecord restore)
    {
        if (_last is { } catalog)
        {
            IEnumerable<RestoreRecord> others = catalog.Restores.Where(record => record.Number != restore.Number);
            _last = catalog with { Restores = [.. others.Append(restore).OrderBy(static record => record.Number)] };
        }
    }

    /// <summary>Remembers that the keys were rotated, so that an old key slot in the place of the new one is noticed.</summary>
    public void RememberKeys() => _memory?.RememberEpoch(Epoch);
}
