using Conn.Repository.Storage;

namespace Conn.Repository.Tests;

/// <summary>Passes every call on to another storage. A hook runs before each append and each flush of a file; it can wait, throw, or do nothing.</summary>
internal sealed class HookedStorage(IRepositoryStorage inner) : IRepositoryStorage
{
    /// <summary>Called with the path of the file before bytes are appended to it.</summary>
    public Func<string, Task>? BeforeAppend { get; set; }

    /// <summary>Called with the path of the file before it is flushed.</summary>
    public Func<string, Task>? BeforeFlush { get; set; }

    /// <summary>Called with the path of the folder before its entries are flushed.</summary>
    public Func<string, Task>? BeforeFlushFolder { get; set; }

    public string Place => inner.Place;

    public ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(folder, cancellationToken);

    public ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken) => inner.OpenReadAsync(path, cancellationToken);

    public async ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken) =>
        new Writer(this, path, await inner.CreateAsync(path, cancellationToken));

    public ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken) => inner.CreateFolderAsync(path, cancellationToken);

    public ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken) => inner.RenameAsync(from, to, cancellationToken);

    public ValueTask DeleteAsync(string path, CancellationToken cancellationToken) => inner.DeleteAsync(path, cancellationToken);

    public async ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken)
    {
        await (BeforeFlushFolder?.Invoke(path) ?? Task.CompletedTask);
        await inner.FlushFolderAsync(path, cancellationToken);
    }

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => inner.TryLockAsync(path, cancellationToken);

    private sealed class Writer(HookedStorage storage, string path, IStoredFileWriter inner) : IStoredFileWriter
    {
        public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            await (storage.BeforeAppend?.Invoke(path) ?? Task.CompletedTask);
            await inner.AppendAsync(bytes, cancellationToken);
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            await (storage.BeforeFlush?.Invoke(path) ?? Task.CompletedTask);
            await inner.FlushAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
