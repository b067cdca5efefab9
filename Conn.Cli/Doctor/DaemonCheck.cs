using Conn.Cli.Daemon;
using Conn.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether the daemon is in order: its mode, the operation that runs, its next backup, and its repository.</summary>
internal sealed class DaemonCheck : IDoctorCheck
{
    private const string About = "daemon";
    private static readonly TimeSpan Long = TimeSpan.FromHours(24);

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined.Status is not { } status ? [] : [Mode(status, examined.Now), Next(status, examined), .. Place(status, examined)]);

    private static Finding Mode(BackupStatus status, DateTimeOffset now)
    {
        if (status.Operation is not { } operation)
        {
            return status.Mode.IsNormal ? Finding.Ok(About, $"The mode is {status.Mode}, and no operation runs.")
                : Finding.Problem(About, $"The mode is {status.Mode}, but no operation runs, so owners wait for its end.",
                    "Restart the daemon, which begins in Normal; please report this as a defect of Conn.");
        }

        string what = $"A {operation.Kind} by {operation.Holder} has run for {StatusOutput.Age(now - operation.Began)}.";
        return now - operation.Began > Long ? Finding.Warning(About, what, "Look with conn watch whether it advances; conn abort ends it.")
            : Finding.Ok(About, what);
    }

    private static Finding Next(BackupStatus status, Examination examined) => status.NextBackup is { } next
        ? Finding.Ok(About, $"The next backup is at {StatusOutput.Next(status, next)}, in {StatusOutput.Age(next - examined.Now)}.")
        : examined.HasSchedule && status.Operation is null ? Finding.Warning(About, "The configuration has a schedule, and the daemon has no next backup.",
            "Restart the daemon with this configuration.")
        : Finding.Ok(About, "No next backup is scheduled.");

    private static IEnumerable<Finding> Place(BackupStatus status, Examination examined) =>
        examined.IsOtherThanOfDaemon
            ? [Finding.Warning(About, $"It backs up into {status.Repository}, and not into {examined.RepositoryPath}.",
                "If that is not meant, name the repository in its configuration, and restart it.")]
            : [];
}
