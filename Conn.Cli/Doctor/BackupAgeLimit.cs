using Conn.Cli.Daemon;
using Cronos;

namespace Conn.Cli.Doctor;

/// <summary>How old the newest backup of an owner may be.</summary>
/// <param name="Warning">The age from which it is a warning.</param>
/// <param name="Problem">The age from which it is a problem.</param>
/// <param name="OfWarning">What a backup of this age is more than, for the warning.</param>
/// <param name="OfProblem">The same for the problem.</param>
internal sealed record BackupAgeLimit(TimeSpan Warning, TimeSpan Problem, string OfWarning, string OfProblem)
{
    /// <summary>The age from which it is a warning where neither a schedule nor an option says another: a day, and half of one for a run that was late.</summary>
    public static readonly TimeSpan WithoutSchedule = TimeSpan.FromHours(36);

    // Clocks of two machines that write to one repository may differ by this much.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    // As the health checks of a host: two days and some time for the backup itself.
    private static readonly TimeSpan OfDailyBackups = TimeSpan.FromHours(50);
    private const int Occurrences = 32;

    /// <summary>Gets the limit: that of the command line; else twice the longest time between two backups of the schedule, a problem only from 50 hours on;
    /// else that of a backup each day.</summary>
    public static BackupAgeLimit Of(Examination examined)
    {
        if (examined.MaxAge is { } most)
        {
            return OfAge(most, $"the {StatusOutput.Age(most)} of --max-age");
        }

        if (LongestGap(examined.Schedule, examined.Now) is not { } gap)
        {
            return OfAge(WithoutSchedule, $"the {StatusOutput.Age(WithoutSchedule)} that are the limit where there is no schedule");
        }

        TimeSpan twice = gap * 2;
        return new BackupAgeLimit(twice, twice > OfDailyBackups ? twice : OfDailyBackups,
            "more than twice the time between two scheduled backups", "although there is a schedule");
    }

    /// <summary>Says whether a moment is later than clocks of two machines may differ.</summary>
    public static bool IsFuture(DateTimeOffset time, DateTimeOffset now) => time > now + Tolerance;

    /// <summary>Gets the finding about an owner's newest backup.</summary>
    /// <param name="about">The owner.</param>
    /// <param name="good">When the newest backup was made that holds it; null for never.</param>
    /// <param name="now">The time.</param>
    /// <param name="toDo">What to do when it is too old.</param>
    public Finding Judge(string about, DateTimeOffset? good, DateTimeOffset now, string toDo)
    {
        if (good is not { } time)
        {
            return Finding.Warning(about, "It has never been backed up.", "Make a backup with conn backup.");
        }

        if (IsFuture(time, now))
        {
            return Finding.Warning(about, $"How old its newest backup is cannot be said: it is from {StatusOutput.Time(time)}, which is in the future.",
                "Set the clock of the machine that is wrong, and make a backup.");
        }

        string what = $"Its newest backup is {StatusOutput.Age(now - time)} old";
        return now - time > Problem ? Finding.Problem(about, $"{what}, {OfProblem}.", toDo)
            : now - time > Warning ? Finding.Warning(about, $"{what}, {OfWarning}.", toDo)
            : Finding.Ok(about, $"{what}.");
    }

    /// <summary>Gets the zone of a schedule, which was checked when the configuration was read.</summary>
    public static TimeZoneInfo ZoneOf(DaemonSchedule schedule) =>
        schedule.TimeZone is { } id ? TimeZoneInfo.FindSystemTimeZoneById(id) : TimeProvider.System.LocalTimeZone;

    private static BackupAgeLimit OfAge(TimeSpan age, string words) => new(age, age * 2, $"more than {words}", $"more than twice {words}");

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
