using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.Cli.Owners;
using Conn.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether the daemon runs the configuration of the command line: a daemon has the owners that it started with.</summary>
internal sealed class OtherConfigurationCheck : IDoctorCheck
{
    private const string ToDo = "Restart the daemon with this configuration.";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) =>
        new(examined is { Status: { } status, Configuration: { } configuration } && IsOfDaemon(examined, status)
            ? [.. Owners(examined.Owners, status), .. Schedule(configuration.Daemon.Schedule, status)] : []);

    // Of a daemon with another repository DaemonCheck says so, and nothing of it is as in the file.
    private static bool IsOfDaemon(Examination examined, BackupStatus status) =>
        examined.RepositoryPath is { } path && RealPath.Of(path) == RealPath.Of(status.Repository);

    private static IEnumerable<Finding> Owners(IReadOnlyList<OwnerSpec> named, BackupStatus status)
    {
        foreach (OwnerSpec owner in named)
        {
            if (status.Owners.FirstOrDefault(o => o.Name == owner.Name) is not { } running)
            {
                yield return Warning(owner.Name, "The configuration names it and the daemon that runs does not have it, so no backup of the daemon holds it.");
            }
            else if (running.Source != owner.Source)
            {
                yield return Warning(owner.Name, $"The daemon that runs backs up {running.Source}, and the configuration names {owner.Source}.");
            }
            else if (running.Policy != owner.Policy)
            {
                yield return Warning(owner.Name, $"To the daemon that runs it is {Word(running.Policy)}, and in the configuration {Word(owner.Policy)}.");
            }
        }

        foreach (OwnerStatus running in status.Owners.Where(r => named.All(o => o.Name != r.Name)))
        {
            yield return Warning(running.Name, "The daemon that runs has it, and the configuration does not name it.");
        }
    }

    private static IEnumerable<Finding> Schedule(DaemonSchedule schedule, BackupStatus status) =>
        schedule.Times.SequenceEqual(status.Schedule) && schedule.TimeZone == status.TimeZone ? []
            : [Finding.Warning("daemon", "It keeps another schedule than the one of the configuration.", "Let it read the file again (systemctl reload, or SIGHUP).")];

    private static Finding Warning(string owner, string what) => Finding.Warning($"owner {owner}", what, ToDo);

    private static string Word(OwnerPolicy policy) => policy == OwnerPolicy.Required ? "required" : "best effort";
}
