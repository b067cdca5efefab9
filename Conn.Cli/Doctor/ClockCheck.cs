using Conn.Cli.Daemon;

namespace Conn.Cli.Doctor;

/// <summary>Whether this machine's clock is plausible: no set comes from the future. Names the time zone of the schedule.</summary>
internal sealed class ClockCheck : IDoctorCheck
{
    private const string About = "clock";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) => new([.. Find(examined)]);

    private static IEnumerable<Finding> Find(Examination examined)
    {
        if (examined.NewestSet is { } set)
        {
            yield return BackupAgeLimit.IsFuture(set.Time, examined.Now) ? Finding.Warning(About,
                    $"The newest set, {set.Id}, is from {StatusOutput.Time(set.Time)}, and this machine's time is {StatusOutput.Time(examined.Now)}.",
                    "Set the clock of the machine that is wrong, and let it be kept right (NTP).")
                : Finding.Ok(About, "The newest set is not from the future.");
        }

        if (examined.HasSchedule)
        {
            string zone = BackupAgeLimit.ZoneOf(examined.Configuration!.Daemon.Schedule).Id;
            yield return Finding.Ok(About, $"The schedule is in the time zone {zone}, which this machine knows.");
        }
    }
}
