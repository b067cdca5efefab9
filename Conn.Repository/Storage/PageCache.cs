using Microsoft.Win32.SafeHandles;

namespace Conn.Repository.Storage;

/// <summary>What a writer asks of the page cache of Linux: to write pages back early, and to drop them before they are read back.</summary>
internal static unsafe class PageCache
{
    private const int AdviceSequential = 2;
    private const int AdviceDontNeed = 4;
    private const uint StartWriting = 2;
    private const int NoWait = 8;

    /// <summary>Says that a file is read from its beginning to its end. A hint, so its result is ignored.</summary>
    public static void ReadAhead(SafeFileHandle handle)
    {
        _ = LibC.Advise((int)handle.DangerousGetHandle(), 0, 0, AdviceSequential);
        GC.KeepAlive(handle);
    }

    /// <summary>Drops the cached pages of a flushed file. Returns false if the first, middle or last page is still cached.</summary>
    public static bool Drop(SafeFileHandle handle, long length)
    {
        int descriptor = (int)handle.DangerousGetHandle();
        if (length == 0 || LibC.Advise(descriptor, 0, 0, AdviceDontNeed) != 0)
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
        _ = LibC.SyncRange((int)handle.DangerousGetHandle(), offset, length, StartWriting);
        GC.KeepAlive(handle);
    }

    // A read with RWF_NOWAIT fails with EAGAIN when its page is not cached. Every other result counts as cached.
    private static bool IsCached(int descriptor, long offset)
    {
        byte one;
        IoVector vector = new() { Base = &one, Length = 1 };
        return LibC.ReadVectorAt(descriptor, &vector, 1, offset, NoWait) >= 0 || Errno.Last != Errno.Again;
    }

    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }
}
