using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Persistence;

/// <summary>Invariant: once flushed, a rename in a folder outlives a power failure. Windows writes its own log of names; elsewhere the folder is a file to flush.</summary>
internal static class FolderEntries
{
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int MacReadOnlyCloseOnExec = 0x1000000;

    /// <exception cref="IOException">The folder could not be opened or flushed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open([.. System.Text.Encoding.UTF8.GetBytes(folder), 0], OperatingSystem.IsMacOS() ? MacReadOnlyCloseOnExec : ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException($"'{folder}' could not be opened to be flushed: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(handle);
    }

    // .NET opens no folders.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);
}
