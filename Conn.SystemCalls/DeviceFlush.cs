using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Makes files and folders durable. Invariant: an error of the device is never swallowed, and a flush that failed is never repeated.</summary>
/// <remarks>RandomAccess.FlushToDisk and FileStream.Flush(true) swallow every error of fsync on Unix, so they are banned. After a failed fsync the kernel
/// may drop the pages and report success the next time: a second attempt would prove nothing.</remarks>
internal static class DeviceFlush
{
    private const int MacFullFlush = 51;

    /// <summary>Writes the content of an open file to the device.</summary>
    /// <exception cref="IOException">The device did not take it. What was written is not durable and must not be called so.</exception>
    internal static void File(SafeFileHandle file, string path)
    {
        if (OperatingSystem.IsWindows())
        {
#pragma warning disable RS0030 // On Windows this call reports its errors.
            RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
            return;
        }

        if (Sync(file) is var error && error != 0)
        {
            throw Errno.Exception(error, $"'{path}' could not be made durable");
        }
    }

    /// <summary>Makes the entries of a folder durable. Does nothing on Windows, where NTFS journals them.</summary>
    /// <exception cref="IOException">The folder could not be opened or flushed: whether its latest entries are durable is unknown.</exception>
    internal static void Folder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using SafeFileHandle folder = ExistingFile.Open(path, OpenFlags.Directory);

        // EINVAL: the file system has no flush of folders. Nothing failed, and nothing more can be done there.
        if (Sync(folder) is var error && error is not (0 or Errno.Invalid))
        {
            throw Errno.Exception(error, $"The entries of folder '{path}' could not be made durable");
        }
    }

    /// <summary>Writes the content of an open file or folder to the device. Returns 0 or an <see cref="Errno"/>.</summary>
    internal static int Sync(int descriptor)
    {
        // fsync on macOS stops at the cache of the device.
        int error = OperatingSystem.IsMacOS() ? Repeat(descriptor, static file => LibC.Control(file, MacFullFlush, 0)) : 0;
        bool isFlushed = OperatingSystem.IsMacOS() && error == 0;
        return isFlushed ? 0 : Repeat(descriptor, LibC.Sync);
    }

    private static int Sync(SafeFileHandle file)
    {
        int error = Sync((int)file.DangerousGetHandle());
        GC.KeepAlive(file);
        return error;
    }

    private static int Repeat(int descriptor, Func<int, int> call)
    {
        int result;
        do
        {
            result = call(descriptor);
        }
        while (result < 0 && Errno.Last == Errno.Interrupted);

        return result < 0 ? Errno.Last : 0;
    }
}
