using System.Text;

namespace Conn.DataOwners.Directory;

/// <summary>A bracket expression of git's wildmatch, such as <c>[a-z]</c> or <c>[![:digit:]]</c>: a set of bytes, of which a slash is never one.</summary>
internal static class BracketExpression
{
    private const string Never = @"[^\s\S]";

    /// <returns>Where the pattern goes on.</returns>
    internal static int Append(string pattern, int start, StringBuilder text)
    {
        int at = start + 1;
        bool negated = at < pattern.Length && pattern[at] is '!' or '^';
        at += negated ? 1 : 0;
        bool[] set = new bool[256];
        int before = 0;
        bool first = true;
        while (at < pattern.Length && (first || pattern[at] != ']'))
        {
            first = false;
            if (!TryElement(pattern, ref at, ref before, set))
            {
                at = pattern.Length;
            }
        }

        if (at >= pattern.Length)
        {
            text.Append(Never);
            return pattern.Length;
        }

        AppendSet(set, negated, text);
        return at + 1;
    }

    /// <returns>False when git gives the whole pattern up.</returns>
    private static bool TryElement(string pattern, ref int at, ref int before, bool[] set)
    {
        char one = pattern[at];
        if (one == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':' && TryClass(pattern, ref at, set, out bool known))
        {
            before = 0;
            return known;
        }

        if (one == '-' && before != 0 && at + 1 < pattern.Length && pattern[at + 1] != ']')
        {
            at++;
            if (!TryCharacter(pattern, ref at, out int last))
            {
                return false;
            }

            for (int i = before; i <= last; i++)
            {
                set[i] = true;
            }

            before = 0;
            return true;
        }

        if (!TryCharacter(pattern, ref at, out before))
        {
            return false;
        }

        set[before] = true;
        return true;
    }

    private static bool TryCharacter(string pattern, ref int at, out int value)
    {
        at += pattern[at] == '\\' ? 1 : 0;
        value = at < pattern.Length ? pattern[at++] : 0;
        return value != 0;
    }

    /// <returns>False when it is no class but a bracket and a colon.</returns>
    private static bool TryClass(string pattern, ref int at, bool[] set, out bool known)
    {
        known = false;
        int end = pattern.IndexOf(']', at + 2);
        if (end < 0)
        {
            at = pattern.Length;
            return true;
        }

        if (end - at < 3 || pattern[end - 1] != ':')
        {
            return false;
        }

        Func<char, bool>? test = pattern[(at + 2)..(end - 1)] switch
        {
            "alnum" => char.IsAsciiLetterOrDigit,
            "alpha" => char.IsAsciiLetter,
            "blank" => static c => c is ' ' or '\t',
            "cntrl" => static c => c is < ' ' or '\x7f',
            "digit" => char.IsAsciiDigit,
            "graph" => static c => c is > ' ' and < '\x7f',
            "lower" => char.IsAsciiLetterLower,
            "print" => static c => c is >= ' ' and < '\x7f',
            "punct" => static c => c is > ' ' and < '\x7f' && !char.IsAsciiLetterOrDigit(c),
            "space" => static c => c is ' ' or (>= '\t' and <= '\r'),
            "upper" => char.IsAsciiLetterUpper,
            "xdigit" => char.IsAsciiHexDigit,
            _ => null,
        };
        for (int i = 0; test is not null && i < set.Length; i++)
        {
            set[i] |= test((char)i);
        }

        known = test is not null;
        at = end + 1;
        return true;
    }

    private static void AppendSet(bool[] set, bool negated, StringBuilder text)
    {
        int length = text.Length;
        text.Append('[');
        for (int i = 0; i < set.Length; i++)
        {
            if (i != '/' && set[i] != negated)
            {
                GlobExpression.Literal(text, i);
            }
        }

        text.Append(']');
        if (text.Length == length + 2)
        {
            text.Length = length;
            text.Append(Never);
        }
    }
}
