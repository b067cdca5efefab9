using Conn.Repository.Sets;
using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>A file of the file system that is open for reading. It has no position, so concurrent reads do not affect each other.</summary>
internal sealed class FolderFile : IStoredFile
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;

    public FolderFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
        Bytes = RandomAccess.GetLength(handle);
    }

    public long Bytes { get; }

    public ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            int total = 0;
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(_handle, buffer.Span[total..], offset + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return ValueTask.FromResult(total);
        }
        catch (Exception error) when (StorageErrors.IsStorage(error))
        {
            throw StorageErrors.Typed("read", _path, error);
        }
    }

    public ValueTask<ReadBack> DropCacheAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(OperatingSystem.IsLinux() && PageCache.Drop(_handle, Bytes) ? ReadBack.Device : ReadBack.Cached);
    }

    public ValueTask DisposeAsync()
    {
        _handle.Dispose();
        return ValueTask.CompletedTask;
    }
}
