using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Conn.Repository.Retention;

/// <summary>Represents a length of time in calendar units, for example <c>1y6m</c>, <c>7d</c> or <c>36h</c>.</summary>
/// <param name="Years">Years, 0 to 9999.</param>
/// <param name="Months">Months, 0 to 9999.</param>
/// <param name="Days">Days of 24 hours, 0 to 9999; a week is 7 of them.</param>
/// <param name="Hours">Hours, 0 to 9999.</param>
/// <remarks>It is counted in UTC, so a change to summer time makes no day shorter.</remarks>
public readonly partial record struct RetentionPeriod(int Years, int Months, int Days, int Hours)
{
    private const int Most = 9999;

    /// <summary>Gets whether the period has no length.</summary>
    public bool IsZero => this == default;

    /// <summary>Creates a period of days.</summary>
    /// <param name="days">The days, 0 to 9999.</param>
    /// <returns>The period.</returns>
    public static RetentionPeriod OfDays(int days) => new(0, 0, days, 0);

    /// <summary>Tries to parse a period: numbers with the units <c>y</c>, <c>m</c> (months), <c>w</c>, <c>d</c> and <c>h</c>, each at most once and in this order.</summary>
    /// <param name="text">The text, or null.</param>
    /// <param name="period">The period if the method returns true.</param>
    /// <returns>False if the text is not a period.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out RetentionPeriod period)
    {
        period = default;
        if (string.IsNullOrEmpty(text) || Pattern().Match(text) is not { Success: true } match)
        {
            return false;
        }

        period = new RetentionPeriod(Number(match, "y"), Number(match, "m"), (7 * Number(match, "w")) + Number(match, "d"), Number(match, "h"));
        return period.IsInRange;
    }

    /// <summary>Parses a period as <see cref="TryParse"/> does.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The period.</returns>
    /// <exception cref="FormatException">The text is not a period.</exception>
    public static RetentionPeriod Parse(string text) =>
        TryParse(text, out RetentionPeriod period) ? period : throw new FormatException($"'{text}' is not a period; examples are 7d, 36h and 1y6m.");

    /// <summary>Gets the moment that lies this period before another one, or the earliest moment if there is none so early.</summary>
    /// <param name="time">The later moment.</param>
    /// <returns>The earlier moment, UTC.</returns>
    public DateTimeOffset Before(DateTimeOffset time)
    {
        try
        {
            return time.ToUniversalTime().AddMonths(-((12 * Years) + Months)).AddDays(-Days).AddHours(-Hours);
        }
        catch (ArgumentOutOfRangeException)
        {
            return DateTimeOffset.MinValue;
        }
    }

    /// <summary>Gets the text that <see cref="Parse"/> reads.</summary>
    /// <returns>For example <c>1y6m</c>.</returns>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach ((int number, char unit) in new[] { (Years, 'y'), (Months, 'm'), (Days, 'd'), (Hours, 'h') })
        {
            _ = number == 0 ? text : text.Append(CultureInfo.InvariantCulture, $"{number}{unit}");
        }

        return text.Length == 0 ? "0d" : text.ToString();
    }

    internal bool IsInRange => Years is >= 0 and <= Most && Months is >= 0 and <= Most && Days is >= 0 and <= Most && Hours is >= 0 and <= Most;

    private static int Number(Match match, string unit) =>
        match.Groups[unit] is { Success: true } group ? int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A(?:(?<y>[0-9]{1,4})y)?(?:(?<m>[0-9]{1,4})m)?(?:(?<w>[0-9]{1,4})w)?(?:(?<d>[0-9]{1,4})d)?(?:(?<h>[0-9]{1,4})h)?\z")]
    private static partial Regex Pattern();
}
