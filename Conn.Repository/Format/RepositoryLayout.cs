using System.Globalization;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The paths in a repository. No other code composes one.</summary>
internal static class RepositoryLayout
{
    public const string FormatFile = "conn-repository";
    public const string IndexFile = "index";
    public const string LockFile = "lock";
    public const string HolderFile = "lock.holder";
    public const string CreationLockFile = "lock.create";
    public const string ReserveFile = "reserve";
    public const string NewSuffix = ".new";
    public const string Sets = "sets";
    public const string Unfinished = "tmp";
    public const string Restores = "restores";
    public const string Manifest = "manifest";
    public const string Sums = "sums";
    public const string Keys = "keys";
    public const string Marks = "marks";
    private const string SegmentSuffix = ".data";

    public static string SetName(long sequence, SetId id) => Numbered(sequence, id);

    public static string SetFolder(long sequence, SetId id) => Sets + "/" + Numbered(sequence, id);

    public static string UnfinishedFolder(SetId id) => Unfinished + "/" + id.Text;

    public static string RestoreName(long number, SetId id) => Numbered(number, id);

    public static string RestorePath(long number, SetId id) => Restores + "/" + Numbered(number, id);

    public static string MarkPath(long sequence, SetId id) => Marks + "/" + Numbered(sequence, id);

    public static string KeyPath(SetId id) => Keys + "/" + id.Text;

    /// <summary>Returns whether a file is stored as it is also in an encrypted repository, because it is needed without a key.</summary>
    public static bool IsClear(string path)
    {
        string name = WithoutNew(path);
        return name is FormatFile or LockFile or HolderFile or CreationLockFile or ReserveFile
            || name.StartsWith(Keys + "/", StringComparison.Ordinal) || name.EndsWith("/" + Sums, StringComparison.Ordinal);
    }

    /// <summary>Gets the name that a file keeps from its creation on: it is renamed when a record is placed and a set is committed.</summary>
    public static string LogicalName(string path)
    {
        string name = WithoutNew(path);
        string[] names = name.Split('/');
        return names is [Unfinished, { } id, { } unfinished] ? $"set/{id}/{unfinished}"
            : names is [Sets, { } folder, { } file] && TryParseNumbered(folder, out _, out SetId set) ? $"set/{set.Text}/{file}"
            : name;
    }

    private static string WithoutNew(string path) => path.EndsWith(NewSuffix, StringComparison.Ordinal) ? path[..^NewSuffix.Length] : path;

    public static string SegmentName(int part, int segment) =>
        string.Create(CultureInfo.InvariantCulture, $"{part:D4}-{segment:D6}{SegmentSuffix}");

    /// <summary>Reads a name like <c>00000001-id</c>; only the exact form that <see cref="SetName"/> returns is accepted.</summary>
    public static bool TryParseNumbered(string name, out long number, out SetId id)
    {
        number = 0;
        id = default;
        int at = name.Length - SetId.Length - 1;
        return at >= 8 && name[at] == '-'
            && long.TryParse(name.AsSpan(0, at), NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= FormatLimits.MaxNumber
            && SetId.TryParse(name[(at + 1)..], out id)
            && name == Numbered(number, id);
    }

    private static string Numbered(long number, SetId id) => string.Create(CultureInfo.InvariantCulture, $"{number:D8}-{id.Text}");
}
