using Conn.Repository.Sets;

namespace Conn.Repository.Restores;

/// <summary>Represents the records of restores of a repository; get it from <see cref="BackupRepository.Restores"/>. A restore whose record is committed is completed, also
/// after a crash, by the next run.</summary>
/// <remarks>Safe for several threads, one change at a time.</remarks>
public sealed class RepositoryRestores
{
    private readonly BackupRepository _repository;

    internal RepositoryRestores(BackupRepository repository) => _repository = repository;

    /// <summary>Writes the commit record of a restore. It is durable when the task completes.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="restore">What is restored.</param>
    /// <param name="cancellationToken">Cancels the call before the record is committed; ignored afterwards.</param>
    /// <returns>The record.</returns>
    /// <exception cref="ArgumentException">A member is out of range.</exception>
    /// <exception cref="InvalidOperationException">An earlier commit with the lock failed, and its state is unknown.</exception>
    /// <exception cref="RepositoryException"> DiskFull, NotPermitted, Io: nothing was committed, unless <see cref="ListPendingAsync"/> lists the
    /// record.
    /// </exception>
    public ValueTask<RestoreRecord> CommitAsync(RepositoryWriterLock writerLock, NewRestoreRecord restore, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Writer(writerLock).CommitAsync(writerLock, restore, cancellationToken);
    }

    /// <summary>Makes the record of every open restore durable, by writing it again. Call it after a failed commit, whose record may be listed and yet be
    /// lost in a
    /// power loss.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>A task that completes when the records are durable.</returns>
    /// <exception cref="RepositoryException">The storage failed: a listed record may not be durable.</exception>
    public ValueTask FlushAsync(RepositoryWriterLock writerLock, CancellationToken cancellationToken = default) =>
        Writer(writerLock).WriteAgainAsync(cancellationToken);

    /// <summary>Records that one owner of a restore is complete. With its last owner the restore is complete.</summary>
    /// <param name="writerLock">The writer lock.</param>
    /// <param name="restore">The restore.</param>
    /// <param name="sid">Secure id of the owner.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The new record.</returns>
    /// <exception cref="ArgumentException">The owner is not in the restore.</exception>
    /// <exception cref="RepositoryException">The storage failed; the record is the old one, or the new one, until the restores are listed again.</exception>
    public ValueTask<RestoreRecord> CompleteOwnerAsync(
        RepositoryWriterLock writerLock, RestoreRecord restore, uint sid, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return Writer(writerLock).CompleteOwnerAsync(restore, sid, cancellationToken);
    }

    /// <summary>Lists every committed restore, complete or not, oldest first.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The records. One that cannot be read is a problem of <see cref="BackupRepository.ListSetsAsync"/>.</returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public ValueTask<IReadOnlyList<RestoreRecord>> ListAsync(CancellationToken cancellationToken = default)
    {
        _repository.ThrowIfDisposed();
        return CatalogReader.ReadRestoresAsync(_repository.Storage, _repository.Identity, cancellationToken);
    }

    /// <summary>Lists the committed restores that are not complete, oldest first.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>
    /// The records from <see cref="ListAsync"/> that are still to be completed. An owner that a later restore names counts as complete: the later one
    /// replaces it.
    /// </returns>
    /// <exception cref="RepositoryException">NewerFormat, NotPermitted, Io.</exception>
    public async ValueTask<IReadOnlyList<RestoreRecord>> ListPendingAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<RestoreRecord> records = await ListAsync(cancellationToken);
        Dictionary<uint, long> newest = [];
        foreach ((uint sid, long number) in records.SelectMany(static record => record.Owners.Select(owner => (owner.Sid, record.Number))))
        {
            newest[sid] = number;
        }

        IEnumerable<RestoreRecord> open = records.Where(static record => !record.Completed).Select(record => record with
        {
            Owners = [.. record.Owners.Select(owner => owner with { Completed = owner.Completed || newest[owner.Sid] > record.Number })],
        });
        return [.. open.Where(static record => record.Owners.Any(static owner => !owner.Completed))];
    }

    private RestoreRecordWriter Writer(RepositoryWriterLock writerLock)
    {
        ArgumentNullException.ThrowIfNull(writerLock);
        writerLock.Require(_repository);
        return new RestoreRecordWriter(_repository);
    }
}
