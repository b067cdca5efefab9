using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Sqlite;

/// <summary>Removes spool folders: an operation's own at its end, and those that killed processes of this user left.</summary>
/// <remarks>The folder around them may be everybody's. On Linux everything is found, checked and removed by names in open folders, never through a link, so
/// that
/// nobody can turn a removal to another place. Invariant: it never fails; what stays is removed by the next operation.</remarks>
internal static class SpoolRemoval
{
    private static readonly byte[] Lock = Name(SpoolFolder.LockName);

    public static void Remove(string path, FileLock held)
    {
        if (OperatingSystem.IsWindows())
        {
            held.Dispose();
            RemoveByPath(path);
            return;
        }

        // Removed while it is locked: a sweeper that found the lock free would remove it at the same time.
        using (held)
        {
            if (!OperatingSystem.IsLinux())
            {
                RemoveByPath(path);
                return;
            }

            int error = FolderHandle.Open(Name(Path.GetDirectoryName(path)!), out FolderHandle parent);
            using (parent)
            {
                _ = error == 0 ? TreeRemover.Remove(parent.Descriptor, Name(Path.GetFileName(path))) : error;
            }
        }
    }

    public static void Sweep(string root)
    {
        if (!OperatingSystem.IsLinux())
        {
            SweepByPath(root);
            return;
        }

        var names = new NameList();
        int error = FolderHandle.Open(Name(root), out FolderHandle parent);
        using (parent)
        {
            // A folder that cannot be listed may still be used; what was left in it stays.
            error = error == 0 ? names.Fill(parent.Descriptor, new byte[32 * 1024]) : error;
            byte[] prefix = Encoding.UTF8.GetBytes(SpoolFolder.Prefix);
            for (int i = 0; error == 0 && i < names.Count; i++)
            {
                if (names[i].StartsWith(prefix))
                {
                    RemoveIfLeft(parent.Descriptor, names[i]);
                }
            }
        }
    }

    private static void RemoveIfLeft(int parent, ReadOnlySpan<byte> name)
    {
        int file = -1;
        if (Kernel.OpenFolder(parent, name, out int folder) == 0 && OwnFile.WhyNot(folder, FileKind.Folder) is null
            && Kernel.Open(folder, Lock, OpenFlags.ReadWrite | OpenFlags.ReadWary, 0, out file) == 0 && OwnFile.WhyNot(file, FileKind.File) is null
            && Kernel.TryLock(file))
        {
            _ = TreeRemover.Remove(parent, name);
            Kernel.Unlock(file);
        }

        // No lock file yet: its owner is just making it. A held one: its owner lives.
        Kernel.Close(file);
        Kernel.Close(folder);
    }

    private static void SweepByPath(string root)
    {
        EnumerationOptions quiet = new() { IgnoreInaccessible = true };
        foreach (string folder in System.IO.Directory.EnumerateDirectories(root, SpoolFolder.Prefix + "*", quiet))
        {
            if (new DirectoryInfo(folder).LinkTarget is not null)
            {
                continue;
            }

            try
            {
                using FileLock? held = FileLock.TryTake(Path.Combine(folder, SpoolFolder.LockName));
                if (held is not null)
                {
                    Remove(folder, held);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's, or being made: not ours to remove, and no reason to fail.
                continue;
            }
        }
    }

    private static void RemoveByPath(string folder)
    {
        try
        {
            foreach (string file in System.IO.Directory.EnumerateFiles(folder, "*.db*").Append(Path.Combine(folder, SpoolFolder.LockName)))
            {
                File.Delete(file);
            }

            System.IO.Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Its lock is free, or will be: the next sweep finds it.
            return;
        }
    }

    private static byte[] Name(string text) => Encoding.UTF8.GetBytes(text + '\0');
}
