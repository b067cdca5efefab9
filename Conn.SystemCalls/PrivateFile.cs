using Microsoft.Win32.SafeHandles;

namespace Conn.SystemCalls;

/// <summary>Creates files for this user only. Invariant: the mode is given with the call that creates the file, so no other user can open it in
/// between.</summary>
internal static class PrivateFile
{
    /// <summary>Creates a file with mode 0600 and opens it for reading and writing. The path must be free; a link is not followed.</summary>
    /// <exception cref="IOException">The path is not free, or the file could not be created.</exception>
    internal static SafeFileHandle Create(string path)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // The only call of .NET that takes a mode. The file belongs to its handle: a stream that is dropped and not disposed does not close it.
        return new FileStream(path, options).SafeFileHandle;
    }
}
