using Conn.ActiveBackup;
using Conn.Cli.Daemon;
using Conn.Cli.Owners;
using Conn.Hosting;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Cli.Doctor;

/// <summary>What was read once for all checks. Whatever could not be read is null, with the reason beside it.</summary>
internal sealed record Examination
{
    /// <summary>Gets the file of <c>--config</c>; null when none is named.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>Gets what the file says; null when there is none, or it cannot be used.</summary>
    public Configuration? Configuration { get; init; }

    /// <summary>Gets why the file cannot be used.</summary>
    public UsageException? ConfigurationFault { get; init; }

    /// <summary>Gets the owners of the configuration.</summary>
    public IReadOnlyList<OwnerSpec> Owners { get; init; } = [];

    /// <summary>Gets the absolute path of the repository; null when nothing names one.</summary>
    public string? RepositoryPath { get; init; }

    /// <summary>Gets whether the daemon alone names the repository: this user may not be the one who uses it.</summary>
    public bool IsRepositoryOfDaemon { get; init; }

    /// <summary>Gets the repository; null when it cannot be opened.</summary>
    public BackupRepository? Repository { get; init; }

    /// <summary>Gets the sets; null when they cannot be listed.</summary>
    public SetList? Sets { get; init; }

    /// <summary>Gets why the repository cannot be opened or its sets cannot be listed.</summary>
    public Exception? RepositoryFault { get; init; }

    /// <summary>Gets the mount that holds the repository; null when it is unknown.</summary>
    public Mount? RepositoryMount { get; init; }

    /// <summary>Gets what writers are doing or have left in the repository; null when that cannot be read.</summary>
    public WriterTraces? Writers { get; init; }

    /// <summary>Gets the path of the socket; null when there is no place for one.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Gets what the daemon says; null when it does not answer.</summary>
    public BackupStatus? Status { get; init; }

    /// <summary>Gets why the daemon does not answer.</summary>
    public ConnException? SocketFault { get; init; }

    /// <summary>Gets the time of the examination.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gets how old the newest backup of an owner may be, as the command line says; null if it does not.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Gets the schedule of the daemon; without a daemon, that of the configuration.</summary>
    public DaemonSchedule Schedule => Status is { } status ? new DaemonSchedule { Times = status.Schedule, TimeZone = status.TimeZone }
        : Configuration?.Daemon.Schedule ?? new DaemonSchedule();

    /// <summary>Gets whether a daemon backs up into another repository than the examined one.</summary>
    public bool IsOtherThanOfDaemon => Status is { Repository.Length: > 0 } status && RepositoryPath is { } path && RealPath.Of(path) != RealPath.Of(status.Repository);

    /// <summary>Gets whether the configuration has a schedule.</summary>
    public bool HasSchedule => Configuration is { Daemon.Schedule.Times.Count: > 0 };

    /// <summary>Gets the newest set; null when there is none.</summary>
    public BackupSet? NewestSet => Sets is { Count: > 0 } sets ? sets[^1] : null;

    /// <summary>Gets whether a daemon backs up this owner into the examined repository.</summary>
    public bool IsOfDaemon(string owner) => !IsOtherThanOfDaemon && Status?.Owners.Any(o => o.Name == owner) == true;
}
