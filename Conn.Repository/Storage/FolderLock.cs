namespace Conn.Repository.Storage;

/// <summary>A lock of the operating system as a lock of the storage.</summary>
internal sealed class FolderLock(FileLock held) : IStorageLock
{
    public ValueTask DisposeAsync()
    {
        held.Dispose();
        return ValueTask.CompletedTask;
    }
}
