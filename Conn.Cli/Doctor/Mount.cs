using System.Globalization;
using System.Text.RegularExpressions;
using Conn.ActiveBackup;

namespace Conn.Cli.Doctor;

/// <summary>The mount that holds a place, as Linux describes it.</summary>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Kind">The kind of the file system, for example ext4 or nfs4.</param>
/// <param name="Device">The number of the device, for example 8:1.</param>
/// <param name="IsReadOnly">Whether the mount or its file system is read-only.</param>
internal sealed partial record Mount(string Point, string Kind, string Device, bool IsReadOnly)
{
    private const string Mounts = "/proc/self/mountinfo";
    private const string Devices = "/sys/dev/block";
    private const string ReadOnly = "ro";
    private const int DeviceField = 2;
    private const int PointField = 4;
    private const int OptionsField = 5;

    /// <summary>Gets the disk of a device: of two partitions of one disk it is the same. A device that is no partition is its own disk.</summary>
    public string Disk
    {
        get
        {
            string device = Path.Combine(Devices, Device);
            return File.Exists(Path.Combine(device, "partition")) && Directory.ResolveLinkTarget(device, true) is DirectoryInfo { Parent: { } disk }
                ? disk.Name : Device;
        }
    }

    /// <summary>Finds the mount of a place, whose links are followed; null when the system does not say it.</summary>
    public static Mount? Of(string path) => File.Exists(Mounts) && RealPath.TryFollow(path, out string real) ? Find(File.ReadLines(Mounts), real) : null;

    /// <summary>Finds the mount of a place in the lines of mountinfo: the one with the longest path, and of several on one path the last.</summary>
    public static Mount? Find(IEnumerable<string> lines, string path) =>
        lines.Select(Parse).OfType<Mount>().Where(m => RealPathIsBelow(path, m.Point)).Aggregate((Mount?)null,
            static (best, next) => best is null || next.Point.Length >= best.Point.Length ? next : best);

    private static bool RealPathIsBelow(string path, string point) =>
        point == "/" || path == point || path.StartsWith(point + "/", StringComparison.Ordinal);

    // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw,errors=continue; any number of fields before the dash
    private static Mount? Parse(string line)
    {
        string[] fields = line.Split(' ');
        int dash = Array.IndexOf(fields, "-");
        return dash <= OptionsField || fields.Length < dash + 4 ? null
            : new Mount(Plain(fields[PointField]), Plain(fields[dash + 1]), fields[DeviceField],
                fields[OptionsField].Split(',').Contains(ReadOnly) || fields[dash + 3].Split(',').Contains(ReadOnly));
    }

    private static string Plain(string field) =>
        Octal().Replace(field, static m => ((char)Convert.ToInt32(m.Groups[1].Value, 8)).ToString(CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
