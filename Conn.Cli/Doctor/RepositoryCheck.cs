using Conn.Cli.Hosting;
using Conn.Repository;

namespace Conn.Cli.Doctor;

/// <summary>Whether there is a repository of a known format, and this user may read it.</summary>
internal sealed class RepositoryCheck : IDoctorCheck
{
    public const string About = "repository";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) => new([Find(examined)]);

    private static Finding Find(Examination examined)
    {
        if (examined.RepositoryPath is not { } path)
        {
            return examined.ConfigurationFault is not null
                ? Finding.Warning(About, "It was not examined: the configuration, which may name it, cannot be used.",
                    "Correct the configuration, or name the repository with --repo.")
                : Finding.Warning(About, "No repository is named, and no daemon names one.", examined.ConfigurationFile is { } file
                    ? $"Give --repo REPO, or name it as repository in {file}, to have a repository examined."
                    : "Give --repo REPO or --config FILE to have a repository examined.");
        }

        if (examined.RepositoryFault is not { } fault)
        {
            return Finding.Ok(About, $"{path} is repository {examined.Repository!.RepositoryId}, and this user may read it.");
        }

        if (fault is UsageException)
        {
            return examined.ConfigurationFault is not null
                ? Finding.Warning(About, $"{path} was not examined: the configuration, which may name its key, cannot be used.", "Correct the configuration.")
                : Finding.OfMessage(About, fault.Message, "Correct what names the key; without the key nothing can be said of the repository.", ExitCodes.Of(fault));
        }

        bool isRefused = fault is UnauthorizedAccessException or RepositoryException { Failure: RepositoryFailure.NotPermitted };
        return isRefused && examined.IsRepositoryOfDaemon
            ? Finding.Warning(About, $"This user may not read {path}, the repository of the daemon.",
                "Run conn doctor as the user of the daemon to have it examined.")
            : Finding.OfMessage(About, fault.Message, ToDo(fault), ExitCodes.Of(fault));
    }

    private static string ToDo(Exception fault) => fault is not RepositoryException { Failure: var failure }
        ? "Make the repository readable for this user, or run conn doctor as the user who makes the backups."
        : failure switch
        {
            RepositoryFailure.NoRepository or RepositoryFailure.Foreign => "Name the right place with --repo, or make a repository with conn init.",
            RepositoryFailure.NewerFormat => "Use the version of conn that wrote it, or a newer one.",
            RepositoryFailure.Damaged => "Run conn verify for details, and copy the repository before anything is changed in it.",
            RepositoryFailure.WrongKey => KeySource.OtherKey,
            RepositoryFailure.NotPermitted => "Make the repository readable for this user, or run conn doctor as the user who makes the backups.",
            _ => "Check the disk and the system's log, and run conn verify.",
        };
}
