using Conn.PubSub;
using Conn.Repository;

namespace Conn.Hosting;

/// <summary>Where a host stands.</summary>
public sealed record BackupStatus
{
    /// <summary>Gets the mode.</summary>
    public required BurMode Mode { get; init; }

    /// <summary>Gets the owners, in the order in which they were registered.</summary>
    public required IReadOnlyList<OwnerStatus> Owners { get; init; }

    /// <summary>Gets the owners that programs at the socket offer and the host refuses, as far as the programs are there: no backup holds them. Default: none.</summary>
    public IReadOnlyList<RefusedOwner> Refused { get; init => field = value ?? []; } = [];

    /// <summary>Gets where the sets go; empty when it is not known.</summary>
    public string Repository { get; init => field = value ?? ""; } = "";

    /// <summary>Gets why the sets cannot be listed now, so that no newer good set is known; null when they can.</summary>
    public string? RepositoryError { get; init; }

    /// <summary>Gets the kind of <see cref="RepositoryError"/>; null when there is none.</summary>
    public RepositoryFailure? RepositoryFailure { get; init; }

    /// <summary>Gets the operation that runs; null when none does.</summary>
    public PastOperation? Operation { get; init; }

    /// <summary>Gets the times of the schedule, as cron expressions of five fields. Default: none.</summary>
    public IReadOnlyList<string> Schedule { get; init => field = value ?? []; } = [];

    /// <summary>Gets the time zone of the schedule; null for that of the machine.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Gets the time of the next backup of the schedule; null without a schedule.</summary>
    public DateTimeOffset? NextBackup { get; init; }
}
