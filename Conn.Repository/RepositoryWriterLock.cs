using Conn.Repository.Format;
using Conn.Repository.Storage;

namespace Conn.Repository;

/// <summary>The right to write to a repository: one holder at a time, across processes. Disposing gives it back.</summary>
public sealed class RepositoryWriterLock : IAsyncDisposable
{
    private IStorageLock? _lock;

    internal RepositoryWriterLock(BackupRepository repository, string holder, IStorageLock held)
    {
        Repository = repository;
        Holder = holder;
        _lock = held;
    }

    /// <summary>The name given when it was taken; other writers are told it.</summary>
    public string Holder { get; }

    /// <summary>What was put in order when the lock was taken: leftovers removed, a set adopted, an index rebuilt. Empty as a rule.</summary>
    public IReadOnlyList<string> Notes { get; internal set; } = [];

    /// <summary>The repository it belongs to.</summary>
    internal BackupRepository Repository { get; }

    /// <summary>True while a set writer uses it: one at a time.</summary>
    internal bool Writing { get; set; }

    /// <summary>Gives the lock back. More than once is harmless.</summary>
    /// <returns>A task that is done when others may write.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _lock, null) is { } held)
        {
            try
            {
                await Repository.Storage.DeleteAsync(RepositoryLayout.HolderFile, CancellationToken.None);
            }
            finally
            {
                await held.DisposeAsync();
            }
        }
    }

    internal void Require(BackupRepository repository)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _lock) is null, this);
        if (!ReferenceEquals(repository, Repository))
        {
            throw new ArgumentException("The lock belongs to another repository object.", nameof(repository));
        }
    }
}
