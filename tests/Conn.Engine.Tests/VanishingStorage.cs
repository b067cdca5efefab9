using Conn.Repository;
using Conn.Repository.Storage;

namespace Conn.Engine.Tests;

/// <summary>A storage that goes away at the rename of a restore record, done or not, and answers nothing until it is back.</summary>
internal sealed class VanishingStorage(IRepositoryStorage inner) : IRepositoryStorage
{
    /// <summary>Whether the next rename of a restore record is its last call for a while.</summary>
    public bool IsArmed { get; set; }

    /// <summary>Whether that rename is still done.</summary>
    public bool RenameTakesPlace { get; init; }

    public bool IsGone { get; set; }

    public string Place => inner.Place;

    private IRepositoryStorage Inner => IsGone ? throw new RepositoryException(RepositoryFailure.Io, "the device is gone") : inner;

    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => Inner.ListAsync(folder, cancellationToken);

    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => Inner.OpenReadAsync(path, cancellationToken);

    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) => Inner.CreateAsync(path, cancellationToken);

    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => Inner.CreateFolderAsync(path, cancellationToken);

    public async ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        if (!IsArmed || !to.StartsWith("restores/", StringComparison.Ordinal))
        {
            await Inner.RenameAsync(from, to, cancellationToken);
            return;
        }

        if (RenameTakesPlace)
        {
            await Inner.RenameAsync(from, to, cancellationToken);
        }

        (IsArmed, IsGone) = (false, true);
        throw new RepositoryException(RepositoryFailure.Io, "the device went away while it renamed");
    }

    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => Inner.DeleteAsync(path, cancellationToken);

    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => Inner.FlushFolderAsync(path, cancellationToken);

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => Inner.TryLockAsync(path, cancellationToken);
}
