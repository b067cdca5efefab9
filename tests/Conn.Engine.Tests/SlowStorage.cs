using Conn.Repository.Storage;
using Conn.Testing.Time;

namespace Conn.Engine.Tests;

/// <summary>Takes a millisecond for each call, and lets a test act in the middle of one.</summary>
internal sealed class SlowStorage(IRepositoryStorage inner, VirtualTime time) : IRepositoryStorage
{
    public Func<string, Task>? Creating { get; set; }

    public Func<Task>? Listing { get; set; }

    public string Place => inner.Place;

    private Task SlowAsync() => time.DelayAsync(TimeSpan.FromMilliseconds(1));

    public async ValueTask<IReadOnlyList<StorageEntry>?> ListAsync(string folder, CancellationToken cancellationToken)
    {
        await SlowAsync();
        await (Listing?.Invoke() ?? Task.CompletedTask);
        return await inner.ListAsync(folder, cancellationToken);
    }

    public async ValueTask<IStoredFile?> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        await SlowAsync();
        return await inner.OpenReadAsync(path, cancellationToken);
    }

    public async ValueTask<IStoredFileWriter> CreateAsync(string path, CancellationToken cancellationToken)
    {
        await SlowAsync();
        await (Creating?.Invoke(path) ?? Task.CompletedTask);
        return await inner.CreateAsync(path, cancellationToken);
    }

    public async ValueTask CreateFolderAsync(string path, CancellationToken cancellationToken)
    {
        await SlowAsync();
        await inner.CreateFolderAsync(path, cancellationToken);
    }

    public async ValueTask RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        await SlowAsync();
        await inner.RenameAsync(from, to, cancellationToken);
        await SlowAsync();
    }

    public async ValueTask DeleteAsync(string path, CancellationToken cancellationToken)
    {
        await SlowAsync();
        await inner.DeleteAsync(path, cancellationToken);
    }

    public async ValueTask FlushFolderAsync(string path, CancellationToken cancellationToken)
    {
        await SlowAsync();
        await inner.FlushFolderAsync(path, cancellationToken);
        await SlowAsync();
    }

    public ValueTask<IStorageLock?> TryLockAsync(string path, CancellationToken cancellationToken) => inner.TryLockAsync(path, cancellationToken);
}
