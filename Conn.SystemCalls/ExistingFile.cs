using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Opens what .NET does not open, or not without a lock of its own. Not for Windows. Child processes do not inherit the descriptor.</summary>
internal static unsafe class ExistingFile
{
    private static readonly int CurrentFolder = OperatingSystem.IsMacOS() ? -2 : -100;

    /// <summary>Opens a file or folder that exists.</summary>
    /// <exception cref="IOException">It does not exist or could not be opened.</exception>
    internal static SafeFileHandle Open(string path, int flags)
    {
        int descriptor;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            do
            {
                descriptor = LibC.OpenAt(CurrentFolder, name, flags | OpenFlags.CloseOnExec, 0);
            }
            while (descriptor < 0 && Errno.Last == Errno.Interrupted);
        }

        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Errno.Exception(Errno.Last, $"'{path}' could not be opened");
    }
}
