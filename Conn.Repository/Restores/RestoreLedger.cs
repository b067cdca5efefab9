using Conn.Repository.Format;
using Conn.Repository.Sets;

namespace Conn.Repository.Restores;

/// <summary>Writes restore records under the writer's lock. The rename of a record is the decision; the index only knows of it.</summary>
internal sealed class RestoreLedger
{
    private readonly BackupRepository _repository;

    public RestoreLedger(BackupRepository repository) => _repository = repository;

    public async ValueTask<RestoreRecord> CommitAsync(NewRestoreRecord restore, CancellationToken cancellationToken)
    {
        Validate(restore);
        var storage = _repository.Storage;
        var index = await _repository.LoadIndexAsync(cancellationToken);
        var number = index.LastRestore + 1;
        var time = (restore.Time ?? _repository.Options.TimeProvider.GetUtcNow()).ToUniversalTime();
        var id = _repository.NewId(time);
        var record = new RestoreRecord
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
        var path = RepositoryLayout.RestorePath(number, id);
        await RecordFile.PrepareAsync(storage, path, new StoredRestore(_repository.Identity, record), cancellationToken);
        index = index with { LastRestore = number, Restores = [.. index.Restores, new IndexedRestore(number, id, record.Sequence)] };
        await RecordFile.PrepareAsync(storage, RepositoryLayout.IndexFile, index, cancellationToken);

        cancellationToken.ThrowIfCancellationRequested();
        await RecordFile.PlaceAsync(storage, RepositoryLayout.Restores, path, CancellationToken.None);
        await RecordFile.PlaceAsync(storage, "", RepositoryLayout.IndexFile, CancellationToken.None);
        _repository.Committed(record);
        return record;
    }

    public ValueTask FlushAsync(CancellationToken cancellationToken) => _repository.Storage.FlushFolderAsync(RepositoryLayout.Restores, cancellationToken);

    public ValueTask<RestoreRecord> CompleteOwnerAsync(RestoreRecord restore, uint sid, CancellationToken cancellationToken)
    {
        if (!restore.Owners.Any(owner => owner.Sid == sid))
        {
            throw new ArgumentException($"Owner 0x{sid:X8} is not in restore {restore.Id}.", nameof(sid));
        }

        return ReplaceAsync(restore, owner => owner.Completed || owner.Sid == sid, cancellationToken);
    }

    public ValueTask<RestoreRecord> CompleteAsync(RestoreRecord restore, CancellationToken cancellationToken) =>
        ReplaceAsync(restore, static _ => true, cancellationToken);

    // Starts from what is stored: the caller's record may be older than the last completion.
    private async ValueTask<RestoreRecord> ReplaceAsync(RestoreRecord restore, Func<RestoreOwner, bool> isComplete, CancellationToken cancellationToken)
    {
        var path = RepositoryLayout.RestorePath(restore.Number, SetId.Parse(restore.Id));
        var bytes = await RecordFile.ReadAsync(_repository.Storage, path, cancellationToken)
            ?? throw new RepositoryException(RepositoryFailure.Damaged, $"The record of restore {restore.Id} is missing.");
        RestoreRecord stored = StoredRestore.Open(bytes).Restore;
        List<RestoreOwner> owners = [.. stored.Owners.Select(owner => isComplete(owner)
            ? owner with { Completed = true, Drives = [.. owner.Drives.Select(static drive => drive with { Token = default })] }
            : owner)];
        var record = stored with { Owners = owners, Completed = owners.TrueForAll(static owner => owner.Completed) };
        await RecordFile.PrepareAsync(_repository.Storage, path, new StoredRestore(_repository.Identity, record), cancellationToken);
        await RecordFile.PlaceAsync(_repository.Storage, RepositoryLayout.Restores, path, cancellationToken);
        _repository.Committed(record);
        return record;
    }

    private static void Validate(NewRestoreRecord restore)
    {
        if (restore.Owners is not { Count: > 0 } owners || owners.Any(static owner => owner is null) || owners.DistinctBy(static owner => owner.Sid).Count() != owners.Count)
        {
            throw new ArgumentException($"{nameof(restore.Owners)} must have one owner or more, each once.", nameof(restore));
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
