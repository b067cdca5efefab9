using Conn.Repository.Encryption;
using Conn.Repository.Retention;

namespace Conn.Hosting;

/// <summary>What one instance of Conn in a host does. Bound from configuration, changed by the builder, and checked when the host starts.</summary>
public sealed class ConnOptions
{
    /// <summary>Gets or sets the folder of the repository. Required, unless the instance joins a daemon.</summary>
    public string Repository { get; set; } = "";

    /// <summary>Gets or sets the full path of the daemon's socket, for an instance that joins one (<see cref="ConnBuilder.ConnectToDaemon"/>). Default: null,
    /// for CONN_SOCKET, else /run/conn/conn.sock for root, else conn/conn.sock in XDG_RUNTIME_DIR.</summary>
    public string? DaemonSocket { get; set; }

    /// <summary>Gets or sets whether a repository that is not there is made when the host starts. Default: false, so that a mistyped path is found.</summary>
    public bool CreateRepository { get; set; }

    /// <summary>Gets or sets what opens the repository if it is encrypted. Default: null. Not bound from configuration: see <see cref="ConnBuilder.UnlockWith"/>.</summary>
    public RepositoryKey? RepositoryKey { get; set; }

    /// <summary>Gets or sets the folder in which the host remembers the newest set of an encrypted repository, so that an old copy in its place is refused. Default: null,
    /// which remembers nothing.</summary>
    public string? StateFolder { get; set; }

    /// <summary>Gets the times of backups, as cron expressions of five fields: minute, hour, day of month, month, day of week. Default: none.</summary>
    public IList<string> Schedule { get; } = [];

    /// <summary>Gets or sets the time zone of the schedule: an id that this machine knows, for example Europe/Berlin. Default: null, the zone of the machine.</summary>
    public string? TimeZone { get; set; }

    /// <summary>Gets or sets whether a backup is made at once when the host starts and a scheduled time passed since the newest set. Default: true.</summary>
    public bool RunMissed { get; set; } = true;

    /// <summary>Gets or sets what is kept after a good backup; see <see cref="ConnBuilder.Retain"/>. Default: null, nothing is removed.</summary>
    public RetentionRequest? Retention { get; set; }

    /// <summary>Gets or sets the age of an owner's last good set from which its health is degraded. Greater than zero. Default: 26 hours.</summary>
    public TimeSpan DegradedAfter { get; set; } = TimeSpan.FromHours(26);

    /// <summary>Gets or sets the age of an owner's last good set from which its health is bad. Greater than <see cref="DegradedAfter"/>. Default: 50
    /// hours.</summary>
    public TimeSpan UnhealthyAfter { get; set; } = TimeSpan.FromHours(50);

    /// <summary>Gets or sets how long an owner may be silent inside a callback. 1 ms to 24 days. Default: 60 s.</summary>
    public TimeSpan NoProgressTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets how long an owner may take to get ready. 1 ms to 24 days. Default: 60 s.</summary>
    public TimeSpan ReadinessTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets how long an owner stays prepared without hearing from the engine. Greater than <see cref="NoProgressTimeout"/>, at most 24 days.
    /// Default: 90 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(90);
}
