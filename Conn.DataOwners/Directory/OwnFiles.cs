using System.Globalization;
using System.Text;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Opens and closes files of a source without taking locks from the program that this library runs in.</summary>
/// <remarks>Linux drops every POSIX lock that a process has on a file when the process closes any descriptor of that file: a SQLite transaction of the host
/// would be open to writers. Invariant: a descriptor is closed only after no other descriptor of the same file was seen in this process. Until then it is kept,
/// and used again when the file is read again.</remarks>
internal static class OwnFiles
{
    /// <summary>How many descriptors wait to be closed: looking at all descriptors of a process for each file read would cost more than reading it.</summary>
    private const int Batch = 64;

    /// <summary>Guards the three collections below, and keeps a look and the closing after it together.</summary>
    private static readonly Lock Guard = new();
    private static readonly Dictionary<int, (ulong Device, ulong Inode)> Ours = [];
    private static readonly List<int> Waiting = [];
    private static readonly HashSet<(ulong Device, ulong Inode)> Elsewhere = [];
    private static int _kept;

    /// <summary>Looks again at which files this process has open.</summary>
    internal static void Look()
    {
        lock (Guard)
        {
            Errno.Check(LookLocked(), "The files that this process has open cannot be listed in /proc/self/fd, and reading one of them could drop its locks");
        }
    }

    /// <summary>Whether the last look found a file open in this process, by others than these methods.</summary>
    internal static bool IsOpen(in FileStatus status)
    {
        lock (Guard)
        {
            return Elsewhere.Contains((status.Device, status.Inode));
        }
    }

    /// <summary>Opens an entry for reading, whatever it is.</summary>
    internal static int Open(int folder, ReadOnlySpan<byte> name, out int file, out FileStatus status)
    {
        lock (Guard)
        {
            if (_kept > 0 && Kernel.Stat(folder, name, out status) == 0 && TryTakeKept((status.Device, status.Inode), out file))
            {
                return 0;
            }
        }

        status = default;
        int error = Kernel.OpenToRead(folder, name, OpenFlags.ReadWary, out file);
        if (error != 0)
        {
            return error;
        }

        error = Kernel.StatOpen(file, out status);
        lock (Guard)
        {
            Ours[file] = (status.Device, status.Inode);
        }

        return error;
    }

    /// <summary>Closes what <see cref="Open"/> opened, soon.</summary>
    internal static void Close(int file)
    {
        if (file < 0)
        {
            return;
        }

        lock (Guard)
        {
            Waiting.Add(file);
            if (Waiting.Count - _kept >= Batch)
            {
                CloseWaiting();
            }
        }
    }

    /// <summary>Closes what waits and may be closed.</summary>
    internal static void Flush()
    {
        lock (Guard)
        {
            if (Waiting.Count > 0)
            {
                CloseWaiting();
            }
        }
    }

    private static void CloseWaiting()
    {
        // When the look fails nothing is known, and nothing is closed: the next call tries again.
        if (LookLocked() == 0)
        {
            foreach (int file in Waiting.Where(static file => !Elsewhere.Contains(Ours[file])))
            {
                Kernel.Close(file);
                Ours.Remove(file);
            }

            Waiting.RemoveAll(static file => !Ours.ContainsKey(file));
        }

        _kept = Waiting.Count;
    }

    private static bool TryTakeKept((ulong Device, ulong Inode) identity, out int file)
    {
        int index = Waiting.FindIndex(file => Ours[file] == identity);
        file = index < 0 ? -1 : Waiting[index];
        if (index >= 0)
        {
            Waiting.RemoveAt(index);
            _kept = Math.Max(_kept - 1, 0);
        }

        return index >= 0;
    }

    private static int LookLocked()
    {
        var names = new NameList();
        int error = FolderHandle.Open("/proc/self/fd\0"u8, out FolderHandle folder);
        using (folder)
        {
            error = error == 0 ? names.Fill(folder.Descriptor, new byte[8 * 1024]) : error;
        }

        if (error != 0)
        {
            return error;
        }

        Elsewhere.Clear();
        for (int i = 0; i < names.Count; i++)
        {
            int file = int.Parse(Encoding.ASCII.GetString(names[i][..^1]), CultureInfo.InvariantCulture);
            if (!Ours.ContainsKey(file) && Kernel.StatOpen(file, out FileStatus status) == 0 && status.Kind == FileKind.File)
            {
                Elsewhere.Add((status.Device, status.Inode));
            }
        }

        return 0;
    }
}
