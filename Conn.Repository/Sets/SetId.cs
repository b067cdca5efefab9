using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Conn.Repository.Sets;

/// <summary>Represents the id of a backup set: its time in UTC and a random part, for example <c>20261123T001122Z-6f3a9c01</c>.</summary>
/// <remarks>Ids sort by time, but the order of sets is their sequence.</remarks>
public readonly record struct SetId
{
    /// <summary>The length of the text: 25 characters, all ASCII.</summary>
    public const int Length = 25;

    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");
    private readonly string? _text;

    private SetId(string text) => _text = text;

    /// <summary>Gets the text; empty for a default value.</summary>
    public string Text => _text ?? "";

    /// <summary>Creates an id.</summary>
    /// <param name="time">Time of the set; fractions of a second are dropped.</param>
    /// <param name="random">Random part.</param>
    /// <returns>The id.</returns>
    public static SetId Create(DateTimeOffset time, uint random) =>
        new(time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) + "-" + random.ToString("x8", CultureInfo.InvariantCulture));

    /// <summary>Creates an id with the clock and the source of random numbers of a repository.</summary>
    internal static SetId New(RepositoryOptions options, DateTimeOffset? time = null) => Create(
        time ?? options.TimeProvider.GetUtcNow(),
        options.Random is { } seeded ? (uint)seeded.NextInt64(0, 1L << 32) : (uint)RandomNumberGenerator.GetInt32(int.MinValue, int.MaxValue));

    /// <summary>Tries to parse an id.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="id">The id if the method returns true.</param>
    /// <returns>False if the text is not an id.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out SetId id)
    {
        id = default;
        if (text is null || text.Length != Length || text[16] != '-' || text.AsSpan(17).ContainsAnyExcept(HexDigits)
            || !DateTime.TryParseExact(text.AsSpan(0, 16), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            return false;
        }

        id = new SetId(text);
        return true;
    }

    /// <summary>Parses an id.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The id.</returns>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static SetId Parse(string text) =>
        TryParse(text, out SetId id) ? id : throw new FormatException($"'{text}' is not a set id; an example is 20261123T001122Z-6f3a9c01.");

    /// <inheritdoc/>
    public override string ToString() => Text;
}
