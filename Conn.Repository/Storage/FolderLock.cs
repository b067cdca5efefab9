using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>An exclusive lock of the operating system on an open file: it ends with this object or with the process, whichever is first.</summary>
internal sealed class FolderLock : IStorageLock
{
    private readonly SafeFileHandle _file;

    private FolderLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock, or returns null when somebody else has it.</summary>
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
                // Sharing or lock violation: it is held.
                return null;
            }
        }

        // Not FileShare.None: .NET's own advisory lock can be switched off by an environment variable, and gives way silently where it is not supported.
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
