using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Persistence;

/// <summary>
/// Invariant: at most one holder among all processes, until it is disposed or its process ends. A lock of the operating system on a file
/// beside the one it is about, since that one is replaced; the file stays, because removing it would let two hold two files of one name.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int ExclusiveNow = 2 | 4;
    private const int WouldBlock = 11;
    private const int MacWouldBlock = 35;

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Takes the lock; null when somebody else has it.</summary>
    /// <exception cref="IOException">The file could not be opened, or the place knows no locks.</exception>
    public static FileLock? TryTake(string path) => OperatingSystem.IsWindows() ? TryOpenAlone(path) : TryLock(path);

    public void Dispose() => _file.Dispose();

    private static FileLock? TryOpenAlone(string path)
    {
        try
        {
            return new FileLock(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when ((error.HResult & 0xFFFF) is 32 or 33)
        {
            // Sharing or lock violation: it is held.
            return null;
        }
    }

    /// <summary>Not by FileShare.None, which can be switched off by an environment variable and gives way silently where there are no locks.</summary>
    private static FileLock? TryLock(string path)
    {
        if (!File.Exists(path))
        {
            Make(path);
        }

        SafeFileHandle file = UnixFile.OpenToWrite(path);
        if (Lock(file, ExclusiveNow) == 0)
        {
            return new FileLock(file);
        }

        int failure = Marshal.GetLastPInvokeError();
        file.Dispose();
        return failure is WouldBlock or MacWouldBlock
            ? null
            : throw new IOException($"'{path}' could not be locked: {Marshal.GetPInvokeErrorMessage(failure)}", failure);
    }

    private static void Make(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Somebody else made it in this moment, which is all that is wanted; who holds it is asked next.
            return;
        }
    }

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int Lock(SafeFileHandle file, int operation);
}
