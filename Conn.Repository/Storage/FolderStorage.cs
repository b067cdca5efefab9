namespace Conn.Repository.Storage;

/// <summary>A repository in a folder of the file system.</summary>
/// <remarks>Folders are made 0700 and files 0600. Calls complete synchronously, on the caller's thread.</remarks>
public sealed class FolderStorage : IRepositoryStorage
{
    private readonly string _root;

    /// <summary>Names the folder; nothing is touched yet.</summary>
    /// <param name="path">The folder; it need not exist.</param>
    public FolderStorage(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _root = Path.GetFullPath(path);
    }

    /// <inheritdoc/>
    public string Place => _root;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => throw new NotImplementedException();
}
