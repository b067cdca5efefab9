using Cronos;

namespace Conn.Hosting.Instances;

/// <summary>The times of a schedule, in its time zone.</summary>
internal sealed class BackupTimes
{
    private readonly CronExpression[] _times;
    private readonly TimeZoneInfo _zone;

    /// <param name="options">Checked options.</param>
    /// <param name="clock">Gives the zone of the machine.</param>
    public BackupTimes(ConnOptions options, TimeProvider clock)
    {
        _times = [.. options.Schedule.Select(static c => CronExpression.Parse(c))];
        _zone = options.TimeZone is { } id ? TimeZoneInfo.FindSystemTimeZoneById(id) : clock.LocalTimeZone;
    }

    public static IEnumerable<string> Problems(ConnOptions options)
    {
        foreach (string cron in options.Schedule.Where(static c => !CronExpression.TryParse(c, out _)))
        {
            yield return $"'{cron}' in Schedule is no cron expression of five fields, for example '0 2 * * *' for each day at 02:00.";
        }

        if (options.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            yield return $"TimeZone is '{zone}', which this machine does not know; an example is Europe/Berlin.";
        }
    }

    /// <summary>Gets the first time after another one; null when none follows.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        DateTimeOffset[] next = [.. _times.Select(t => t.GetNextOccurrence(time, _zone)).OfType<DateTimeOffset>()];
        return next.Length == 0 ? null : next.Min();
    }
}
