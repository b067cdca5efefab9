using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Extensions;

/// <summary>
/// Exclusive use of a file, by a lock of the operating system on a lock file beside it. Invariant: at most one holder among all processes, until it is disposed or its
/// process ends. The lock file stays: removing it would let two stores lock two files of one name. It has an id of the holder, which shows when another program replaced
/// it.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int ExclusiveNow = 2 | 4;
    private const int WouldBlock = 11;
    private const int MacWouldBlock = 35;

    private readonly string _path;
    private readonly byte[] _id = Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N"));
    private readonly SafeFileHandle _file;

    private FileLock(string path, SafeFileHandle file)
    {
        (_path, _file) = (path, file);
        RandomAccess.Write(file, _id, 0);
    }

    /// <summary>Whether the lock file is still this holder's.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool IsHeld => OperatingSystem.IsWindows() || (File.Exists(_path) && HasId());

    /// <summary>Takes the lock; null when another store has it.</summary>
    /// <exception cref="IOException">The file cannot be opened, is a link, or the place has no locks.</exception>
    public static FileLock? TryTake(string path)
    {
        SafeFile.RefuseLink(path);
        return SafeFile.Run(path, static p => OperatingSystem.IsWindows() ? TryOpenAlone(p) : TryLock(p));
    }

    public void Dispose() => _file.Dispose();

    private bool HasId()
    {
        // Opened without the shared lock of .NET, which this holder's own lock refuses.
        using SafeFileHandle file = UnixFile.OpenToRead(_path);
        byte[] id = new byte[_id.Length + 1];
        return id.AsSpan(0, RandomAccess.Read(file, id, 0)).SequenceEqual(_id);
    }

    private static FileLock? TryOpenAlone(string path)
    {
        try
        {
            return new FileLock(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException error) when ((error.HResult & 0xFFFF) is 32 or 33)
        {
            // Sharing or lock violation: another store has it.
            return null;
        }
    }

    // Not by FileShare.None, which an environment variable can switch off, and which does nothing where there are no locks.
    private static FileLock? TryLock(string path)
    {
        if (!File.Exists(path))
        {
            Make(path);
        }

        SafeFileHandle file = UnixFile.OpenToWrite(path);
        if (Lock(file, ExclusiveNow) == 0)
        {
            return new FileLock(path, file);
        }

        int failure = Marshal.GetLastPInvokeError();
        file.Dispose();
        return failure is WouldBlock or MacWouldBlock
            ? null
            : throw new IOException($"'{path}' could not be locked: {Marshal.GetPInvokeErrorMessage(failure)}", failure);
    }

    private static void Make(string path)
    {
        try
        {
            SafeFile.Create(path).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process made it at this moment; the lock decides.
            return;
        }
    }

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int Lock(SafeFileHandle file, int operation);
}
