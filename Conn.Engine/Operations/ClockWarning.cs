using System.Globalization;
using Conn.Repository.Sets;

namespace Conn.Engine.Operations;

/// <summary>A clock that says an earlier time than the newest set: retention and ages of backups would be wrong, whichever of the two is.</summary>
internal static class ClockWarning
{
    // Clocks of two machines that write to one repository may differ by this much.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    /// <summary>Gets the sentence for the report; none when the newest set is not from the future.</summary>
    public static IEnumerable<string> Of(SetList sets, DateTimeOffset now)
    {
        if (sets is [.., { } newest] && newest.Time > now + Tolerance)
        {
            yield return $"WARNING: the newest set, {newest.Id}, is from {Text(newest.Time)}, and this machine's time is {Text(now)}. "
                + "Set the clock that is wrong, and let it be kept right (NTP): the age of backups, and what a prune keeps, follow from these times.";
        }
    }

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
