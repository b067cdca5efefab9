using Conn.Cli.Owners;
using Conn.Repository.Sets;

namespace Conn.Cli.Contents;

/// <summary>A path as it is on the machine, given where one in the content of an owner is expected.</summary>
internal static class SourceHint
{
    /// <summary>Gets the path in the owner's content that was meant; null if the path given is not below the owner's source.</summary>
    public static string? Inner(OwnerPart part, string path)
    {
        string below = "/" + path.Trim('/');
        return part.Drives.Count > 1 || part.Source.Length == 0 ? null
            : below == part.Source ? OwnerKind.SqliteFileName(part.Kind) ?? ""
            : below.StartsWith(part.Source + "/", StringComparison.Ordinal) ? below[(part.Source.Length + 1)..] : null;
    }

    /// <summary>Gets what a search that found nothing should perhaps have looked for; null if nothing is to be said.</summary>
    /// <param name="sets">The sets that were searched.</param>
    /// <param name="pattern">The pattern.</param>
    public static string? OfPattern(SetList sets, string pattern)
    {
        if (pattern.StartsWith('/') && sets.Reverse().SelectMany(static s => s.Parts).Select(p => Inner(p, pattern)).FirstOrDefault(static i => i is { Length: > 0 }) is { } inner)
        {
            return $"paths begin in the owner's folder: try '{inner}'";
        }

        return pattern.IndexOfAny(['*', '?', '[', '/']) < 0 ? $"'*{pattern}*' finds names that contain it" : null;
    }
}
