using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>An exclusive lock of the operating system on an open file. It ends when this object is disposed or the process ends.</summary>
internal sealed class FolderLock : IStorageLock
{
    private readonly SafeFileHandle _file;

    private FolderLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, or returns null when another holder has it.</summary>
    public static FolderLock? TryTake(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                return new FolderLock(File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException error) when ((error.HResult & 0xFFFF) is 32 or 33)
            {
                // Sharing or lock violation: another holder has it.
                return null;
            }
        }

        // Not FileShare.None: an environment variable can switch off the advisory lock of .NET, and file systems without support ignore it silently.
        return LibC.TryLock(path) is { } handle ? new FolderLock(handle) : null;
    }

    public ValueTask DisposeAsync()
    {
        using (_file)
        {
            if (!OperatingSystem.IsWindows() && !_file.IsClosed)
            {
                LibC.Unlock(_file);
            }
        }

        return ValueTask.CompletedTask;
    }
}
