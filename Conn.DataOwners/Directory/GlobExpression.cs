using System.Globalization;
using System.Text;

namespace Conn.DataOwners.Directory;

/// <summary>Turns a pattern of git's wildmatch (with WM_PATHNAME) into a regular expression for the whole of a path. What git never matches, this never
/// matches.</summary>
internal static class GlobExpression
{
    private const string Never = @"[^\s\S]";
    private const string AnyInName = "[^/]";

    internal static string Of(string pattern)
    {
        // git compares what stands before the first special character by itself, and the rest of the pattern as if it began there.
        int literal = pattern.IndexOfAny(['*', '?', '[', '\\']);
        var text = new StringBuilder(@"\A");
        for (int at = 0; at < pattern.Length;)
        {
            switch (pattern[at])
            {
                case '*':
                    at = Stars(pattern, at, literal, text);
                    break;
                case '?':
                    text.Append(AnyInName);
                    at++;
                    break;
                case '[':
                    at = BracketExpression.Append(pattern, at, text);
                    break;
                case '\\' when at + 1 == pattern.Length:
                    text.Append(Never);
                    at++;
                    break;
                case '\\':
                    Literal(text, pattern[at + 1]);
                    at += 2;
                    break;
                default:
                    Literal(text, pattern[at++]);
                    break;
            }
        }

        return text.Append(@"\z").ToString();
    }

    internal static void Literal(StringBuilder text, int value) => text.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}");

    /// <summary>One star stays within a name. Two that stand between slashes, or at an end, match any number of folders.</summary>
    private static int Stars(string pattern, int start, int literal, StringBuilder text)
    {
        int end = start;
        while (end < pattern.Length && pattern[end] == '*')
        {
            end++;
        }

        bool begins = start == literal || pattern[start - 1] == '/';
        bool slash = end < pattern.Length && pattern[end] == '/';
        bool escapedSlash = end + 1 < pattern.Length && pattern[end] == '\\' && pattern[end + 1] == '/';
        if (end - start < 2 || !begins || !(slash || escapedSlash || end == pattern.Length))
        {
            text.Append(AnyInName).Append('*');
            return end;
        }

        text.Append(slash ? "(?:.*/)?" : ".*");
        return slash ? end + 1 : end;
    }
}
