using Conn.Repository.Format;
using Conn.Repository.Sets;

namespace Conn.Repository.Restores;

/// <summary>Writes restore records while the writer lock is held. The rename of a record commits it; the index only lists it.</summary>
internal sealed class RestoreRecordWriter(BackupRepository repository)
{
    public async ValueTask<RestoreRecord> CommitAsync(RepositoryWriterLock writerLock, NewRestoreRecord restore, CancellationToken cancellationToken)
    {
        Validate(restore);
        writerLock.RequireKnownState();
        IndexRecord index = await repository.Catalog.ReadIndexAsync(cancellationToken);
        index.RequireRoom();
        long number = index.LastRestore + 1;
        DateTimeOffset time = (restore.Time ?? repository.Options.TimeProvider.GetUtcNow()).ToUniversalTime();
        SetId id = repository.NewId(time);
        RestoreRecord record = new()
        {
            Id = id.Text,
            Number = number,
            Time = time,
            Sequence = index.LastSequence,
            Owners = [.. restore.Owners.Select(static owner => owner with
            {
                Completed = false,
                Drives = [.. owner.Drives.OrderBy(static drive => drive.Drive).Select(static drive => drive with { Token = drive.Token.ToArray() })],
            })],
        };
        string path = RepositoryLayout.RestorePath(number, id);
        await RecordFile.PrepareAsync(repository.Storage, path, new StoredRestore(repository.Identity, record), cancellationToken);
        index = index with { LastRestore = number, Restores = [.. index.Restores, new IndexedRestore(number, id, record.Sequence)] };
        await RecordFile.PrepareAsync(repository.Storage, RepositoryLayout.IndexFile, index, cancellationToken);

        cancellationToken.ThrowIfCancellationRequested();
        writerLock.IsCommitting = true;
        await RecordFile.PlaceAsync(repository.Storage, RepositoryLayout.Restores, path, CancellationToken.None);
        await RecordFile.PlaceAsync(repository.Storage, "", RepositoryLayout.IndexFile, CancellationToken.None);
        writerLock.IsCommitting = false;
        repository.Catalog.Add(record);
        return record;
    }

    /// <summary>Writes the records of open restores again and flushes them. A flush that failed proves nothing when it is only repeated: the storage may have
    /// dropped what it could not write.</summary>
    public async ValueTask WriteAgainAsync(CancellationToken cancellationToken)
    {
        foreach (RestoreRecord restore in await repository.Restores.ListAsync(cancellationToken))
        {
            if (!restore.Completed)
            {
                string path = RepositoryLayout.RestorePath(restore.Number, SetId.Parse(restore.Id));
                await RecordFile.PrepareAsync(repository.Storage, path, new StoredRestore(repository.Identity, restore), cancellationToken);
                await RecordFile.PlaceAsync(repository.Storage, RepositoryLayout.Restores, path, cancellationToken);
            }
        }
    }

    public async ValueTask<RestoreRecord> CompleteOwnerAsync(RestoreRecord restore, uint sid, CancellationToken cancellationToken)
    {
        if (!restore.Owners.Any(owner => owner.Sid == sid))
        {
            throw new ArgumentException($"Owner 0x{sid:X8} is not in restore {restore.Id}.", nameof(sid));
        }

        // The stored record is read first: the caller's may be older than the last completion.
        string path = RepositoryLayout.RestorePath(restore.Number, SetId.Parse(restore.Id));
        byte[] bytes = await RecordFile.ReadAsync(repository.Storage, path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"The record of restore {restore.Id} is missing.");
        RestoreRecord stored = StoredRestore.Open(bytes).Restore;
        List<RestoreOwner> owners = [.. stored.Owners.Select(owner => owner.Completed || owner.Sid == sid
            ? owner with { Completed = true, Drives = [.. owner.Drives.Select(static drive => drive with { Token = default })] }
            : owner)];
        RestoreRecord record = stored with { Owners = owners, Completed = owners.TrueForAll(static owner => owner.Completed) };
        await RecordFile.PrepareAsync(repository.Storage, path, new StoredRestore(repository.Identity, record), cancellationToken);
        await RecordFile.PlaceAsync(repository.Storage, RepositoryLayout.Restores, path, cancellationToken);
        repository.Catalog.Add(record);
        return record;
    }

    private static void Validate(NewRestoreRecord restore)
    {
        if (restore.Owners is not { Count: > 0 } owners
            || owners.Any(static owner => owner is null)
            || owners.DistinctBy(static owner => owner.Sid).Count() != owners.Count)
        {
            throw new ArgumentException($"{nameof(restore.Owners)} must be one owner or more, each once.", nameof(restore));
        }

        foreach (RestoreOwner owner in owners)
        {
            StoredText.Require(owner.Name, 1, FormatLimits.MaxNameLength, nameof(owner.Name), nameof(restore));
            if (owner.Set == default)
            {
                throw new ArgumentException($"{nameof(owner.Set)} of owner {owner.Name} must be the id of a set.", nameof(restore));
            }

            if (owner.Drives is null
                || owner.Drives.Any(static drive => drive is not { Drive: <= FormatLimits.MaxDrive })
                || owner.Drives.DistinctBy(static drive => drive.Drive).Count() != owner.Drives.Count)
            {
                throw new ArgumentException($"{nameof(owner.Drives)} of owner {owner.Name} must be 0 to {FormatLimits.MaxDrive}, each once.", nameof(restore));
            }

            if (owner.Drives.Any(static drive => drive.Token.Length > RestoreDrive.MaxTokenBytes))
            {
                throw new ArgumentException(
                    $"{nameof(RestoreDrive.Token)} of each drive of owner {owner.Name} must have 0 to {RestoreDrive.MaxTokenBytes} bytes.", nameof(restore));
            }
        }
    }
}
