using System.Buffers;
using System.Globalization;
using System.Text;

namespace Conn.Cli.Output;

/// <summary>Escapes what a name from storage or from the command line could do to a terminal: move the cursor, begin a line, reverse the text.</summary>
internal static class PrintableText
{
    // Most text is this alone, and is not looked at one character at a time.
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(static c => (char)c), '\n']);
    private const char ZeroWidthNonJoiner = '\u200c';
    private const char ZeroWidthJoiner = '\u200d';

    /// <summary>Gets the text with <c>\xNN</c> or <c>\uNNNN</c> for every character that is not shown as itself.</summary>
    public static string Of(string text) => text.AsSpan().ContainsAnyExcept(Plain) || text.Contains('\n', StringComparison.Ordinal)
        ? Escape(text, static c => c <= 0xff ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}") : text;

    /// <summary>Gets JSON in which such characters are escaped as JSON does it. They can only stand inside strings.</summary>
    public static string OfJson(string json) => json.AsSpan().ContainsAnyExcept(Plain) && json.Any(IsUnsafeInJson)
        ? Escape(json, static c => c is '\n' ? "\n" : $"\\u{(int)c:x4}") : json;

    private static bool IsUnsafeInJson(char c) => c != '\n' && IsUnsafe(c);

    // Some scripts need the two joiners in names; they do nothing to a terminal.
    private static bool IsUnsafe(char c) => c is not (ZeroWidthJoiner or ZeroWidthNonJoiner) && char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string Escape(string text, Func<char, string> escaped)
    {
        StringBuilder result = new(text.Length + 16);
        foreach (char c in text)
        {
            _ = IsUnsafe(c) ? result.Append(escaped(c)) : result.Append(c);
        }

        return result.ToString();
    }
}
