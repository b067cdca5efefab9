namespace Conn.DataOwners.Posix;

/// <summary>What the kernel does with an open file. Short reads and writes are continued, interrupted calls repeated.</summary>
internal static unsafe partial class Kernel
{
    private const int SeekSet = 0;
    private const int SeekData = 3;
    private const int SeekHole = 4;

    /// <summary>Reads until the span is full or the file ends.</summary>
    internal static int Read(int file, Span<byte> into, out int bytes)
    {
        bytes = 0;
        fixed (byte* pointer = into)
        {
            while (bytes < into.Length)
            {
                nint got = LibC.Read(file, pointer + bytes, into.Length - bytes);
                if (got == 0)
                {
                    break;
                }

                if (got > 0)
                {
                    bytes += (int)got;
                }
                else if (LastError != Errno.Interrupted)
                {
                    return LastError;
                }
            }
        }

        return 0;
    }

    internal static int ReadAt(int file, Span<byte> into, long offset, out int bytes)
    {
        bytes = 0;
        fixed (byte* pointer = into)
        {
            while (bytes < into.Length)
            {
                nint got = LibC.ReadAt(file, pointer + bytes, into.Length - bytes, offset + bytes);
                if (got == 0)
                {
                    break;
                }

                if (got > 0)
                {
                    bytes += (int)got;
                }
                else if (LastError != Errno.Interrupted)
                {
                    return LastError;
                }
            }
        }

        return 0;
    }

    internal static int Write(int file, ReadOnlySpan<byte> from)
    {
        fixed (byte* pointer = from)
        {
            for (int done = 0; done < from.Length;)
            {
                nint put = LibC.Write(file, pointer + done, from.Length - done);
                if (put >= 0)
                {
                    done += (int)put;
                }
                else if (LastError != Errno.Interrupted)
                {
                    return LastError;
                }
            }
        }

        return 0;
    }

    internal static int WriteAt(int file, ReadOnlySpan<byte> from, long offset)
    {
        fixed (byte* pointer = from)
        {
            for (int done = 0; done < from.Length;)
            {
                nint put = LibC.WriteAt(file, pointer + done, from.Length - done, offset + done);
                if (put >= 0)
                {
                    done += (int)put;
                }
                else if (LastError != Errno.Interrupted)
                {
                    return LastError;
                }
            }
        }

        return 0;
    }

    /// <summary>Copies bytes to where the target is positioned, and moves it on, without reading them: shared where the file system can.</summary>
    /// <returns>How many bytes it came to; what is missing is for the caller to write, or to find out why it cannot.</returns>
    internal static long CopyRange(int from, long offset, int to, long length)
    {
        long done = 0;
        while (done < length)
        {
            long at = offset + done;
            nint copied = LibC.CopyFileRange(from, &at, to, null, (nint)Math.Min(length - done, 1 << 30), 0);
            if (copied > 0)
            {
                done += copied;
            }
            else if (copied == 0 || LastError != Errno.Interrupted)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Where data begins at or after an offset; <see cref="Errno.NoSuchDevice"/> (ENXIO) when only a hole follows.</summary>
    internal static int FindData(int file, long offset, out long position) => Seek(file, offset, SeekData, out position);

    internal static int FindHole(int file, long offset, out long position) => Seek(file, offset, SeekHole, out position);

    internal static int SeekTo(int file, long offset) => Seek(file, offset, SeekSet, out _);

    internal static int Truncate(int file, long length) => Outcome(LibC.Truncate(file, length));

    internal static int SetModified(int file, long nanoseconds)
    {
        long* times = stackalloc long[4];
        FillTimes(times, nanoseconds);
        return Outcome(LibC.SetTimes(file, times));
    }

    internal static int ChangeOwner(int file, uint user, uint group) => Outcome(LibC.ChangeOwner(file, user, group));

    internal static int ChangeMode(int file, int mode) => Outcome(LibC.ChangeMode(file, (uint)mode));

    internal static int Sync(int file) => DeviceFlush.Sync(file);

    internal static int SyncFileSystem(int file) => Outcome(LibC.SyncFileSystem(file));

    /// <summary>The number by which Linux names the type of a file system: the first field of struct statfs.</summary>
    internal static int FileSystemType(int file, out long type)
    {
        long* status = stackalloc long[32];
        int error = Outcome(LibC.FileSystemStatus(file, status));
        type = error == 0 ? status[0] : 0;
        return error;
    }

    internal static void AdviseSequential(int file) => _ = LibC.Advise(file, 0, 0, 2);

    /// <summary>Takes the file's lock without waiting; it goes when the last descriptor closes, so with the process.</summary>
    internal static bool TryLock(int file) => FileLock.TryLock(file) == 0;

    internal static void Unlock(int file) => FileLock.Unlock(file);

    internal static void Close(int file)
    {
        if (file >= 0)
        {
            // The descriptor is gone whatever close says; write errors were taken from write and syncfs.
            _ = LibC.Close(file);
        }
    }

    internal static int ReadFolder(int folder, Span<byte> into, out int bytes)
    {
        fixed (byte* pointer = into)
        {
            nint got = LibC.ReadFolder(folder, pointer, into.Length);
            bytes = (int)Math.Max(got, 0);
            return got < 0 ? LastError : 0;
        }
    }

    private static int Seek(int file, long offset, int whence, out long position)
    {
        position = LibC.Seek(file, offset, whence);
        return position < 0 ? LastError : 0;
    }
}
