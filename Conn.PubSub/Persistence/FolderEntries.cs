using Microsoft.Win32.SafeHandles;

namespace Conn.PubSub.Persistence;

/// <summary>Invariant: once flushed, a rename in a folder outlives a power failure. Windows writes its own log of names; elsewhere the folder is a file to
/// flush.</summary>
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
