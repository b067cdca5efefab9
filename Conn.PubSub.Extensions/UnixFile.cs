using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Extensions;

/// <summary>Opens what .NET does not open, or not without a lock of its own. Child processes do not inherit the descriptor.</summary>
internal static class UnixFile
{
    private const int WriteToo = 2;
    private const int CloseOnExec = 0x80000;
    private const int MacCloseOnExec = 0x1000000;

    /// <exception cref="IOException">The file could not be opened.</exception>
    public static SafeFileHandle OpenToRead(string path) => Open(path, 0);

    /// <exception cref="IOException">The file does not exist or could not be opened.</exception>
    public static SafeFileHandle OpenToWrite(string path) => Open(path, WriteToo);

    private static SafeFileHandle Open(string path, int access)
    {
        int flags = access | (OperatingSystem.IsMacOS() ? MacCloseOnExec : CloseOnExec);
        int descriptor = Open([.. System.Text.Encoding.UTF8.GetBytes(path), 0], flags);
        if (descriptor < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new IOException($"'{path}' could not be opened: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open(byte[] path, int flags);
}
