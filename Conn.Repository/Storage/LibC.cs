using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>Calls of the C library that .NET does not offer. A failure becomes an IOException with the error number, unless the call is only a hint.</summary>
internal static unsafe partial class LibC
{
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int MacReadOnlyCloseOnExec = 0x1000000;
    private const int AdviceDontNeed = 4;
    private const uint StartWriting = 2;
    private const int ExclusiveNotBlocking = 2 | 4;
    private const int Release = 8;
    private const int NoWait = 8;

    /// <summary>Flushes a folder with fsync.</summary>
    public static void FlushFolder(string path)
    {
        using SafeFileHandle handle = OpenToRead(path);
        if (Fsync((int)handle.DangerousGetHandle()) != 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Drops the cached pages of a flushed file. Returns false if the first, middle or last page is still cached.</summary>
    public static bool DropCache(SafeFileHandle handle, long length)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        if (length == 0 || PosixFadvise(descriptor, 0, 0, AdviceDontNeed) != 0)
        {
            return length == 0;
        }

        try
        {
            return !IsCached(descriptor, 0) && !IsCached(descriptor, length / 2) && !IsCached(descriptor, length - 1);
        }
        catch (EntryPointNotFoundException)
        {
            // An old C library has no preadv2. The page may then be cached.
            return false;
        }
        finally
        {
            GC.KeepAlive(handle);
        }
    }

    /// <summary>Asks the kernel to begin writing a range. This is a hint, so its result is ignored; only the flush counts.</summary>
    public static void StartWriteBack(SafeFileHandle handle, long offset, long length)
    {
        _ = SyncFileRange((int)handle.DangerousGetHandle(), offset, length, StartWriting);
        GC.KeepAlive(handle);
    }

    /// <summary>Opens a file and takes an exclusive flock on it without waiting. Returns null when another holder has it.</summary>
    public static SafeFileHandle? TryLock(string path)
    {
        SafeFileHandle handle = OpenToRead(path);
        if (Flock((int)handle.DangerousGetHandle(), ExclusiveNotBlocking) == 0)
        {
            return handle;
        }

        int number = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return number == (OperatingSystem.IsMacOS() ? 35 : 11) ? null : throw Failed(number);
    }

    /// <summary>Releases a flock. Closing alone does not release it while a child process that is being started still has the descriptor.</summary>
    public static void Unlock(SafeFileHandle handle)
    {
        if (Flock((int)handle.DangerousGetHandle(), Release) != 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }

        GC.KeepAlive(handle);
    }

    // A read with RWF_NOWAIT fails with EAGAIN when its page is not cached. Every other result counts as cached.
    private static bool IsCached(int descriptor, long offset)
    {
        byte one;
        IoVector vector = new() { Base = &one, Length = 1 };
        return Preadv2(descriptor, &vector, 1, offset, NoWait) >= 0 || Marshal.GetLastPInvokeError() != 11;
    }

    private static SafeFileHandle OpenToRead(string path)
    {
        int descriptor = Open(path, OperatingSystem.IsMacOS() ? MacReadOnlyCloseOnExec : ReadOnlyCloseOnExec, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failed(Marshal.GetLastPInvokeError());
    }

    private static IOException Failed(int number) => new(Marshal.GetPInvokeErrorMessage(number), number);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(int descriptor, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(int descriptor, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static partial nint Preadv2(int descriptor, IoVector* vectors, int count, long offset, int flags);

    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }
}
