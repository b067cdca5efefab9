using Conn.Repository.Storage;

namespace Conn.Engine.Tests;

/// <summary>Passes every call on to another storage, so that a test overrides only the one that fails.</summary>
internal abstract class ForwardingStorage(IRepositoryStorage inner) : IRepositoryStorage
{
    public string Place => inner.Place;

    /// <summary>The storage that is called.</summary>
    protected virtual IRepositoryStorage Inner => inner;

    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => Inner.ListAsync(folder, cancellationToken);

    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => Inner.OpenReadAsync(path, cancellationToken);

    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) => Inner.CreateAsync(path, cancellationToken);

    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => Inner.CreateFolderAsync(path, cancellationToken);

    public virtual ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => Inner.RenameAsync(from, to, cancellationToken);

    public virtual ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => Inner.DeleteAsync(path, cancellationToken);

    public virtual ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => Inner.FlushFolderAsync(path, cancellationToken);

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => Inner.TryLockAsync(path, cancellationToken);
}
