using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Engine.Tests;

/// <summary>A storage in which some calls fail, and all others are done.</summary>
internal sealed class FaultyStorage(IRepositoryStorage inner) : IRepositoryStorage
{
    /// <summary>How many flushes of the folder of restores fail from now on.</summary>
    public int FailingFlushes { get; set; }

    /// <summary>Whether the file that names the writer cannot be removed.</summary>
    public bool HolderStays { get; init; }

    public string Place => inner.Place;

    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(folder, cancellationToken);

    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => inner.OpenReadAsync(path, cancellationToken);

    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) => inner.CreateAsync(path, cancellationToken);

    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => inner.CreateFolderAsync(path, cancellationToken);

    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => inner.RenameAsync(from, to, cancellationToken);

    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => HolderStays && path == "lock.holder"
        ? throw new RepositoryException(RepositoryFailure.Io, "the name stays") : inner.DeleteAsync(path, cancellationToken);

    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => path == "restores" && FailingFlushes-- > 0
        ? throw new RepositoryException(RepositoryFailure.Io, "the flush failed") : inner.FlushFolderAsync(path, cancellationToken);

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => inner.TryLockAsync(path, cancellationToken);
}
