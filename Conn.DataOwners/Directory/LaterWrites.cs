namespace Conn.DataOwners.Directory;

/// <summary>Looks whether a live folder was written to after a restore of it was prepared: a restore that is carried through later replaces that.</summary>
internal static class LaterWrites
{
    private static readonly System.IO.EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true, AttributesToSkip = System.IO.FileAttributes.ReparsePoint, IgnoreInaccessible = true,
    };

    /// <param name="folder">The live folder; it may be missing.</param>
    /// <param name="since">Nanoseconds since 1970.</param>
    /// <returns>A file or folder whose modification time is later; null when none was found.</returns>
    internal static string? Find(string folder, long since)
    {
        System.IO.DirectoryInfo root = new(folder);
        return !root.Exists ? null : IsLater(root, since) ? folder
            : root.EnumerateFileSystemInfos("*", Everything).FirstOrDefault(e => IsLater(e, since))?.FullName;
    }

    private static bool IsLater(System.IO.FileSystemInfo entry, long since) => (entry.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks > since / 100;
}
