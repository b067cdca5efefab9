using System.Text;
using System.Text.RegularExpressions;
using Conn.ActiveBackup.Content;
using Conn.DataOwners.Directory;

namespace Conn.DataOwners;

/// <summary>Represents a pattern for the paths of stored entries: <c>*</c>, <c>?</c>, <c>[...]</c> and <c>**</c> as in a <c>.gitignore</c> file. Safe for several
/// threads.</summary>
/// <remarks>A pattern without <c>/</c> is for the last name of a path, in any folder; one with <c>/</c> is for the whole path. Bytes are compared, so letter case
/// counts. No pattern takes more time than a path is long.</remarks>
public sealed class ContentPattern
{
    private readonly Regex _expression;
    private readonly bool _isName;

    /// <summary>Makes a pattern.</summary>
    /// <param name="pattern">The pattern, not empty; a <c>/</c> at its beginning is left out.</param>
    /// <exception cref="ArgumentException">It is empty, or too long to be compared in time: several hundred wildcards.</exception>
    public ContentPattern(string pattern)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        _isName = !pattern.Contains('/', StringComparison.Ordinal);
        string bytes = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(pattern.StartsWith('/') ? pattern[1..] : pattern));
        try
        {
            _expression = new Regex(GlobExpression.Of(bytes), RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new ArgumentException("The pattern has too many wildcards.", nameof(pattern), e);
        }
    }

    /// <summary>Says whether an entry matches.</summary>
    /// <param name="entry">The entry. The folder of a drive itself never matches.</param>
    /// <returns>True if it does.</returns>
    public bool Matches(ContentEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ReadOnlySpan<byte> path = entry.Path.Span;
        ReadOnlySpan<byte> part = _isName ? path[(path.LastIndexOf((byte)'/') + 1)..] : path;
        Span<char> text = stackalloc char[PathBuffer.MaxBytes];
        return part.Length is > 0 and <= PathBuffer.MaxBytes && _expression.IsMatch(text[..Encoding.Latin1.GetChars(part, text)]);
    }
}
