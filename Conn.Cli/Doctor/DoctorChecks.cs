using Conn.Repository;

namespace Conn.Cli.Doctor;

/// <summary>All checks, in the order in which their findings are written.</summary>
internal static class DoctorChecks
{
    private static readonly IDoctorCheck[] All =
    [
        new ConfigurationCheck(), new SourceCheck(), new ProgramCheck(), new NotificationCheck(), new RemoteOwnerCheck(), new KeyFileCheck(),
        new RepositoryCheck(), new RepositoryWriteCheck(), new FileSystemCheck(), new SpaceCheck(), new SameDiskCheck(), new SetsCheck(), new ChainCheck(),
        new NewestSetCheck(), new OwnerAgeCheck(), new LockCheck(), new LeftoverCheck(), new PendingRestoreCheck(),
        new SocketFolderCheck(), new SocketCheck(), new HttpPortCheck(), new DaemonCheck(), new OtherConfigurationCheck(), new DaemonOwnerCheck(),
        new RefusedOwnerCheck(), new ClockCheck(), new LimitCheck(),
    ];

    /// <summary>Makes every check. One that cannot be made is a finding, and the others are made all the same.</summary>
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination examined, CancellationToken cancellationToken)
    {
        List<Finding> findings = [];
        foreach (IDoctorCheck check in All)
        {
            try
            {
                findings.AddRange(await check.FindAsync(examined, cancellationToken));
            }
            catch (Exception e) when (e is RepositoryException or ConnException or IOException or UnauthorizedAccessException)
            {
                findings.Add(Finding.OfMessage("doctor", $"A check could not be made: {e.Message}", "Run conn doctor again.", ExitCodes.Of(e)));
            }
        }

        return findings;
    }
}
