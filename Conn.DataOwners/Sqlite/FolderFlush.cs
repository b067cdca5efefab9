using System.Runtime.InteropServices;

namespace Conn.DataOwners.Sqlite;

/// <summary>Makes a folder's entries durable: after it a rename or a new file in it survives a power loss. Nothing on Windows, where NTFS journals
/// them.</summary>
internal static partial class FolderFlush
{
    private const int ReadOnlyDirectoryCloseOnExec = 0x90000;

    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int descriptor = Open(folder, ReadOnlyDirectoryCloseOnExec);
        if (descriptor < 0)
        {
            throw Failed(folder);
        }

        int result = Fsync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);

        // Some file systems cannot flush a folder and say so; there is nothing more to be done there.
        const int NotSupportedHere = 22;
        if (result != 0 && error != NotSupportedHere)
        {
            throw Failed(folder);
        }
    }

    private static IOException Failed(string folder) =>
        new($"Folder {folder} could not be made durable: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
