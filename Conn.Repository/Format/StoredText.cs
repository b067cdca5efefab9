using System.Text;
using Conn.Repository.Sets;

namespace Conn.Repository.Format;

/// <summary>The rules for stored text. Invariant: text that these methods accepted or returned is read back unchanged, and no reader refuses it.</summary>
internal static class StoredText
{
    /// <summary>Refuses text that has too few or too many characters, or half of a surrogate pair, which UTF-8 cannot represent.</summary>
    /// <exception cref="ArgumentException">The message names member and range.</exception>
    public static void Require(string? text, int least, int most, string member, string parameter)
    {
        if (text is null || text.Length < least || text.Length > most || Storable(text) != text)
        {
            throw new ArgumentException($"{member} must be valid Unicode text of {least} to {most} characters.", parameter);
        }
    }

    /// <summary>Shortens text to <see cref="PartResult.MaxTextLength"/>, and replaces halves of surrogate pairs.</summary>
    public static string Shorten(string text)
    {
        if (text.Length <= PartResult.MaxTextLength)
        {
            return Storable(text);
        }

        // Do not cut a surrogate pair into halves.
        int length = char.IsHighSurrogate(text[PartResult.MaxTextLength - 1]) ? PartResult.MaxTextLength - 1 : PartResult.MaxTextLength;
        return Storable(text[..length]) + " …";
    }

    private static string Storable(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
