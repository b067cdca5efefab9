using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>Represents the exclusive right to write to a repository: one holder at a time, across processes. Disposing releases it.</summary>
public sealed class RepositoryWriterLock : IAsyncDisposable
{
    private IStorageLock? _storageLock;

    internal RepositoryWriterLock(BackupRepository repository, string holder, IStorageLock storageLock)
    {
        Repository = repository;
        Holder = holder;
        _storageLock = storageLock;
        repository.CountWriters(1);
    }

    /// <summary>Gets the name of the holder. A writer that finds the repository in use reports this name.</summary>
    public string Holder { get; }

    /// <summary>Gets the repairs that were made when the lock was taken, as sentences: for example, an unfinished set was removed. Usually empty.</summary>
    public IReadOnlyList<string> Notes { get; internal set; } = [];

    /// <summary>The repository that the lock belongs to.</summary>
    internal BackupRepository Repository { get; }

    /// <summary>True while a <see cref="Sets.BackupSetWriter"/> uses the lock: one at a time.</summary>
    internal bool IsWritingSet { get; set; }

    /// <summary>True from the rename that commits until the index lists what was committed, and while a key slot of a rotation is written. It stays true when the storage
    /// fails meanwhile.</summary>
    internal bool IsCommitting { get; set; }

    /// <summary>Releases the lock. Later calls do nothing.</summary>
    /// <returns>A task that completes when other writers can take the lock.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _storageLock, null) is { } storageLock)
        {
            try
            {
                await Repository.Storage.DeleteAsync(RepositoryLayout.HolderFile, CancellationToken.None);
            }
            finally
            {
                Repository.CountWriters(-1);
                await storageLock.DisposeAsync();
            }
        }
    }

    /// <summary>Requires that nothing is known to be committed and not listed: the next commit would take its number.</summary>
    /// <exception cref="InvalidOperationException">An earlier commit with this lock failed, and its state is unknown.</exception>
    internal void RequireKnownState()
    {
        if (IsCommitting)
        {
            throw new InvalidOperationException("A commit with this lock failed, and its state is unknown. Release the lock and take it again.");
        }
    }

    /// <summary>Requires that the lock is held and belongs to a repository.</summary>
    /// <exception cref="ObjectDisposedException">The lock was released.</exception>
    /// <exception cref="ArgumentException">The lock belongs to another repository object.</exception>
    internal void Require(BackupRepository repository)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _storageLock) is null, this);
        if (!ReferenceEquals(repository, Repository))
        {
            throw new ArgumentException("The lock belongs to another repository object.", nameof(repository));
        }
    }
}
