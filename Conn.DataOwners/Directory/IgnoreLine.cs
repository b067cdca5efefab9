using System.Text;
using System.Text.RegularExpressions;

namespace Conn.DataOwners.Directory;

/// <summary>One line in the syntax of .gitignore, as git reads it. Paths and patterns are compared byte by byte: each byte is one character here.</summary>
internal sealed class IgnoreLine
{
    private readonly Regex _pattern;
    private readonly bool _foldersOnly;
    private readonly bool _nameOnly;

    private IgnoreLine(string pattern, bool includes, bool foldersOnly)
    {
        (Includes, _foldersOnly, _nameOnly) = (includes, foldersOnly, !pattern.Contains('/', StringComparison.Ordinal));
        string expression = GlobExpression.Of(pattern.StartsWith('/') ? pattern[1..] : pattern);

        // Without backtracking no pattern takes more time than the path is long.
        _pattern = new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
    }

    /// <summary>True for a line with <c>!</c>: what an earlier line excluded is kept.</summary>
    internal bool Includes { get; }

    /// <returns>Null for a line that says nothing: empty, or a comment.</returns>
    internal static IgnoreLine? Parse(string line)
    {
        string bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(line));
        string pattern = bytes.StartsWith('#') ? string.Empty : TrimSpaces(bytes.EndsWith('\r') ? bytes[..^1] : bytes);
        bool includes = pattern.StartsWith('!');
        pattern = includes ? pattern[1..] : pattern;
        bool foldersOnly = pattern.EndsWith('/');
        pattern = foldersOnly ? pattern[..^1] : pattern;
        return pattern.Length == 0 ? null : new IgnoreLine(pattern, includes, foldersOnly);
    }

    /// <param name="path">Below the folder the lines are for.</param>
    /// <param name="isFolder">What the path is.</param>
    internal bool Matches(ReadOnlySpan<char> path, bool isFolder) =>
        (isFolder || !_foldersOnly) && _pattern.IsMatch(_nameOnly ? path[(path.LastIndexOf('/') + 1)..] : path);

    /// <summary>Spaces at the end are no part of a pattern, unless a backslash stands before them.</summary>
    private static string TrimSpaces(string line)
    {
        int end = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] != ' ')
            {
                i += line[i] == '\\' ? 1 : 0;
                end = Math.Min(i + 1, line.Length);
            }
        }

        return line[..end];
    }
}
