using Conn.Cli.Daemon;
using Cronos;

namespace Conn.Cli.Doctor;

/// <summary>How old the newest backup of an owner may be.</summary>
/// <param name="Warning">The age from which it is a warning.</param>
/// <param name="Problem">The age from which it is a problem.</param>
internal sealed record BackupAgeLimit(TimeSpan Warning, TimeSpan Problem)
{
    // As the health checks of a host: two days and some time for the backup itself.
    private static readonly TimeSpan OfDailyBackups = TimeSpan.FromHours(50);
    private const int Occurrences = 32;

    /// <summary>Gets the limit: twice the longest time between two backups of the schedule; it is a problem only from 50 hours on.</summary>
    /// <param name="schedule">The schedule of the daemon.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null when there are no two backups to come.</returns>
    public static BackupAgeLimit? Of(DaemonSchedule schedule, DateTimeOffset now)
    {
        if (LongestGap(schedule, now) is not { } gap)
        {
            return null;
        }

        TimeSpan twice = gap * 2;
        return new BackupAgeLimit(twice, twice > OfDailyBackups ? twice : OfDailyBackups);
    }

    /// <summary>Gets the zone of a schedule, which was checked when the configuration was read.</summary>
    public static TimeZoneInfo ZoneOf(DaemonSchedule schedule) =>
        schedule.TimeZone is { } id ? TimeZoneInfo.FindSystemTimeZoneById(id) : TimeProvider.System.LocalTimeZone;

    private static TimeSpan? LongestGap(DaemonSchedule schedule, DateTimeOffset now)
    {
        TimeZoneInfo zone = ZoneOf(schedule);
        CronExpression[] crons = [.. schedule.Times.Select(static t => CronExpression.Parse(t))];
        List<DateTimeOffset> times = [];
        DateTimeOffset last = now;
        while (times.Count < Occurrences && Next(crons, last, zone) is { } next)
        {
            times.Add(last = next);
        }

        return times.Count < 2 ? null : times.Zip(times.Skip(1), static (a, b) => b - a).Max();
    }

    private static DateTimeOffset? Next(CronExpression[] crons, DateTimeOffset after, TimeZoneInfo zone)
    {
        DateTimeOffset[] next = [.. crons.Select(c => c.GetNextOccurrence(after, zone)).OfType<DateTimeOffset>()];
        return next.Length == 0 ? null : next.Min();
    }
}
