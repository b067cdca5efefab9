namespace Conn.ActiveBackup.Timing;

/// <summary>The ranges of lengths of time that are given to Conn. Checked where they are given, so that no timer refuses one in the middle of an
/// operation.</summary>
internal static class Durations
{
    /// <summary>The longest finite time-out: 24 days, which every timer can wait for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    /// <summary>Says what is wrong with a length of time.</summary>
    /// <returns>A sentence without its subject, or null when nothing is wrong.</returns>
    public static string? Fault(TimeSpan length, bool mayBeInfinite) =>
        (length >= TimeSpan.FromMilliseconds(1) && length <= Longest) || (mayBeInfinite && length == Timeout.InfiniteTimeSpan) ? null
        : $"is {length}; it must be 1 ms to {Longest.TotalDays:0} days{(mayBeInfinite ? ", or Timeout.InfiniteTimeSpan for no limit" : "")}";

    /// <summary>Refuses a length of time outside its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside; the message names the member and the range.</exception>
    public static void Check(TimeSpan length, string member, bool mayBeInfinite = false)
    {
        if (Fault(length, mayBeInfinite) is { } fault)
        {
            throw new ArgumentOutOfRangeException(member, $"{member} {fault}.");
        }
    }
}
