using System.Globalization;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Files that processes have mapped into memory, shared and writable: what is written through a mapping may not move a file's times.</summary>
internal sealed class SharedMappings
{
    private readonly Dictionary<(ulong Device, ulong Inode), int> _processes = [];

    /// <summary>Reads the mappings of every process that this one may look at.</summary>
    internal static SharedMappings Find()
    {
        var found = new SharedMappings();
        foreach (string folder in System.IO.Directory.Exists("/proc") ? System.IO.Directory.EnumerateDirectories("/proc") : [])
        {
            if (int.TryParse(System.IO.Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            {
                found.Add(process);
            }
        }

        return found;
    }

    /// <summary>A process that has the file mapped for writing; 0 for none.</summary>
    internal int ProcessOf(in FileStatus status) => _processes.GetValueOrDefault((status.Device, status.Inode));

    private void Add(int process)
    {
        try
        {
            foreach (string line in System.IO.File.ReadLines($"/proc/{process}/maps"))
            {
                AddLine(line, process);
            }
        }
        catch (Exception failure) when (failure is System.IO.IOException or UnauthorizedAccessException)
        {
            // It has ended, or belongs to another user: docs/owners.md says that mappings of such processes are not seen.
        }
    }

    /// <summary>A line is <c>7f00-7f01 rw-s 00000000 fd:01 1234  /path</c>.</summary>
    private void AddLine(string line, int process)
    {
        int mode = line.IndexOf(' ', StringComparison.Ordinal) + 1;
        int path = line.IndexOf('/', StringComparison.Ordinal);
        if (mode <= 0 || path < mode + 5 || line[mode + 1] != 'w' || line[mode + 3] != 's')
        {
            return;
        }

        string[] fields = line[mode..path].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] device = fields.Length == 4 ? fields[2].Split(':') : [];
        if (device.Length == 2
            && uint.TryParse(device[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint major)
            && uint.TryParse(device[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint minor)
            && ulong.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
        {
            _processes[(((ulong)major << 32) | minor, inode)] = process;

            // Some file systems (btrfs, overlayfs) have other device numbers here than in a file's status: the path says which file it is.
            if (Kernel.StatFollowing(RawPath.FromText(line[path..]), out FileStatus status) == 0 && status.Inode == inode)
            {
                _processes[(status.Device, status.Inode)] = process;
            }
        }
    }
}
