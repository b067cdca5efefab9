using Conn.Cli.Hosting;

namespace Conn.Cli.Doctor;

/// <summary>Whether this user may execute the programs that the daemon runs when an operation begins or ends. That they are there is checked with the
/// configuration.</summary>
internal sealed class NotificationCheck : IDoctorCheck
{
    private const string About = "notification";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken)
    {
        IEnumerable<string> programs = examined.Configuration?.Daemon.Notifications.SelectMany(static n => n.Command.Take(1)) ?? [];
        return new([.. programs.Distinct().Select(Find)]);
    }

    private static Finding Find(string program) => FolderAccess.MayExecute(program)
        ? Finding.Ok(About, $"{program} is there, and this user may execute it.")
        : Finding.Warning(About, $"This user may not execute {program}, so nobody is notified.", "Set its execute permission (chmod +x).");
}
