using Conn.Repository;

namespace Conn.Cli.Doctor;

/// <summary>Whether a daemon answers at the socket.</summary>
internal sealed class SocketCheck : IDoctorCheck
{
    public const string About = "socket";

    public ValueTask<IReadOnlyList<Finding>> FindAsync(Examination examined, CancellationToken cancellationToken) => new([
        examined.Status is { } status
            ? status is { RepositoryFailure: { } failure, RepositoryError: { } error } ? NoRepository(failure, error) : Finding.Ok(About, $"A daemon answers at {examined.SocketPath}.")
            : examined.SocketFault is { } fault ? fault.Code == ErrorCode.NotFound ? NoDaemon(examined, fault) : NoAnswer(fault)
            : Finding.Ok(About, "No daemon was asked."),
    ]);

    private static Finding NoDaemon(Examination examined, ConnException fault)
    {
        if (examined.SocketPath is { } path && File.Exists(path))
        {
            return Finding.Warning(About, $"{path} is there, but no daemon listens: it was stopped before it could remove the file.",
                examined.HasSchedule ? "Start conn serve, which replaces the file; until then no scheduled backup is made."
                    : "Nothing needs to be done: the next daemon replaces the file.");
        }

        return examined.HasSchedule ? Finding.Warning(About, "The configuration has a schedule, and no daemon runs that could keep it.",
                "Start conn serve with this configuration, for example as a service of systemd.")
            : Finding.Ok(About, examined.SocketPath is null ? fault.Message : $"No daemon runs at {examined.SocketPath}.");
    }

    private static Finding NoRepository(RepositoryFailure failure, string error)
    {
        Finding told = Finding.OfMessage(About, error, failure == RepositoryFailure.NotPermitted ? "Let the daemon's user read and write the repository."
            : "Read the daemon's log, and run conn doctor with --repo and the repository of the daemon.", ExitCodes.Of(new RepositoryException(failure, error)));
        return told with
        {
            What = $"The daemon answers, but it cannot use its repository: {told.What}",
            ToDo = failure == RepositoryFailure.WrongKey ? "Name a key that is valid now in the daemon's configuration, and restart the daemon." : told.ToDo,
        };
    }

    private static Finding NoAnswer(ConnException fault)
    {
        string toDo = fault.Code == ErrorCode.NotSupported ? "Use the conn of the daemon's version, or restart the daemon with this one."
            : fault.Code == ErrorCode.AccessDenied || fault.Code == ErrorCode.PermissionDenied
                ? "Run as the daemon's user, or add this user to the socket's group and, with mayRequest, to identities of its configuration."
            : "Read the daemon's log, and restart it if it stays like this.";
        return fault.Code == ErrorCode.NotReady ? Finding.Warning(About, fault.Message, toDo)
            : Finding.OfMessage(About, fault.Message, toDo, ExitCodes.Of(fault));
    }
}
