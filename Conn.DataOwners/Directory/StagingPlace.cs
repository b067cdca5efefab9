using System.Text.RegularExpressions;

namespace Conn.DataOwners.Directory;

/// <summary>The names under which a restore stages beside its target: the tree itself, its private work folder, and the replaced tree on the way out.</summary>
internal static partial class StagingPlace
{
    internal const string WorkSuffix = ".work";
    internal const string OldSuffix = ".old";
    private const string PrefixText = ".conn-restore-";

    internal static ReadOnlySpan<byte> Prefix => ".conn-restore-"u8;

    internal static string NameFor(string owner, string id) => $"{PrefixText}{owner}-{id}";

    internal static bool IsStagingName(string name) => Pattern().IsMatch(name);

    /// <summary>Whether a name is the work folder of a staging of this owner.</summary>
    internal static bool IsWorkOf(string owner, string name) =>
        Pattern().IsMatch(name) && name.EndsWith(WorkSuffix, StringComparison.Ordinal) && IsTreeOf(owner, name[..^WorkSuffix.Length]);

    /// <summary>Whether a name is the staged tree of this owner.</summary>
    internal static bool IsTreeOf(string owner, string name) =>
        name.Length == PrefixText.Length + owner.Length + 17 && name.StartsWith(PrefixText + owner + "-", StringComparison.Ordinal) && Pattern().IsMatch(name);

    [GeneratedRegex(@"\A\.conn-restore-[A-Za-z0-9][A-Za-z0-9._-]{0,63}-[0-9a-f]{16}(\.work|\.old)?\z")]
    private static partial Regex Pattern();
}
