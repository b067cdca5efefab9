using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>An exclusive lock of the operating system on an open file. It ends when this object is disposed or the process ends.</summary>
/// <remarks>Not FileShare.None: an environment variable can switch that off, and .NET ignores file systems that have no locks.</remarks>
internal sealed class FileLock : IDisposable
{
    private const int ExclusiveNow = 2 | 4;
    private const int Release = 8;

    private FileLock(SafeFileHandle file) => File = file;

    /// <summary>Creates a file that only this user may use, and takes its lock. Returns null when another process removed or locked it in between.</summary>
    /// <exception cref="IOException">The file exists or cannot be created, or its file system has no locks.</exception>
    internal static FileLock? TryCreate(string path)
    {
        SafeFileHandle created;
        try
        {
            created = PrivateFile.Create(path);
        }
        catch (IOException error) when (FileFaults.Of(error) == FileFault.InUse)
        {
            // Another process locked the new file before .NET took the shared lock that it takes of every file.
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            created.Dispose();
        }

        FileLock? held = OperatingSystem.IsWindows() ? TryTake(path) : TryTake(created, path);
        if (held is null || System.IO.File.Exists(path))
        {
            return held;
        }

        held.Dispose();
        return null;
    }

    /// <summary>The locked file, open for reading and writing.</summary>
    internal SafeFileHandle File { get; }

    /// <summary>Takes the lock of an existing file, without waiting. Returns null when another holder has it.</summary>
    /// <exception cref="IOException">The file cannot be opened for writing, is a symbolic link, or its file system has no locks.</exception>
    internal static FileLock? TryTake(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                return new FileLock(System.IO.File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException error) when (FileFaults.Of(error) == FileFault.InUse)
            {
                return null;
            }
        }

        return TryTake(ExistingFile.Open(path, OpenFlags.ReadWrite | OpenFlags.NoFollow), path);
    }

    /// <summary>Takes the lock of an open file, without waiting. Returns null, and closes the file, when another holder has it. Not for Windows.</summary>
    /// <exception cref="IOException">The file system has no locks. The file is closed.</exception>
    internal static FileLock? TryTake(SafeFileHandle file, string path)
    {
        int error = TryLock((int)file.DangerousGetHandle());
        if (error == 0)
        {
            return new FileLock(file);
        }

        file.Dispose();
        return error == Errno.Again ? null : throw Errno.Exception(error, $"'{path}' could not be locked");
    }

    /// <summary>Takes the lock of an open file. Returns 0, <see cref="Errno.Again"/> when another holder has it, or another <see cref="Errno"/>.</summary>
    internal static int TryLock(int descriptor)
    {
        int result;
        do
        {
            result = LibC.Lock(descriptor, ExclusiveNow);
        }
        while (result < 0 && Errno.Last == Errno.Interrupted);

        return result < 0 ? Errno.Last : 0;
    }

    /// <summary>Releases the lock of an open file. Closing alone does not release it while a child process that is being started has the descriptor.</summary>
    internal static void Unlock(int descriptor) => _ = LibC.Lock(descriptor, Release);

    public void Dispose()
    {
        if (!OperatingSystem.IsWindows() && !File.IsClosed)
        {
            Unlock((int)File.DangerousGetHandle());
        }

        File.Dispose();
    }
}
