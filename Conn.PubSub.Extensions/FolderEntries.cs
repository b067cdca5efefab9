using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Extensions;

/// <summary>Makes renames in a folder durable. Windows logs names by itself; elsewhere the folder is a file to flush.</summary>
internal static class FolderEntries
{
    /// <exception cref="IOException">The folder could not be opened or flushed.</exception>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            using SafeFileHandle handle = UnixFile.OpenToRead(folder);
            RandomAccess.FlushToDisk(handle);
        }
    }
}
