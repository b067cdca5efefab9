using Conn.Repository.Sets;
using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>A file of the file system that is open for reading. It has no position, so concurrent reads do not affect each other.</summary>
internal sealed class FolderFile : IStoredFile
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private FolderFile(string path, SafeFileHandle handle, long bytes)
    {
        _path = path;
        _handle = handle;
        Bytes = bytes;
    }

    /// <summary>Opens a file that is read from its beginning to its end.</summary>
    /// <exception cref="RepositoryException">Damaged: there is a folder, a pipe or a socket.</exception>
    public static FolderFile Open(string path)
    {
        SafeFileHandle handle = OpenHandle(path, out long bytes);
        if (OperatingSystem.IsLinux())
        {
            PageCache.ReadAhead(handle);
        }

        return new FolderFile(path, handle, bytes);
    }

    /// <summary>Opens what may be anything, and gets its length: a pipe that nobody writes to is not waited for.</summary>
    /// <exception cref="RepositoryException">Damaged: there is a folder, a pipe or a socket.</exception>
    public static SafeFileHandle OpenHandle(string path, out long bytes)
    {
        if (Directory.Exists(path))
        {
            throw NoFile(path);
        }

        SafeFileHandle handle = OperatingSystem.IsWindows()
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan)
            : ExistingFile.Open(path, OpenFlags.ReadWithoutWaiting);
        try
        {
            bytes = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (NotSupportedException)
        {
            handle.Dispose();
            throw NoFile(path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
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

    private static RepositoryException NoFile(string path) =>
        new(RepositoryFailure.Damaged, $"{path} is not a file, and a file of the repository was expected there.");

    public ValueTask DisposeAsync()
    {
        _handle.Dispose();
        return ValueTask.CompletedTask;
    }
}
