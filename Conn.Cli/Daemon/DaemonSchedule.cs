namespace Conn.Cli.Daemon;

/// <summary>When the daemon backs up.</summary>
internal sealed record DaemonSchedule
{
    /// <summary>Gets cron expressions of five fields.</summary>
    public IReadOnlyList<string> Times { get; init; } = [];

    /// <summary>Gets the id of the time zone; null for that of the machine.</summary>
    public string? TimeZone { get; init; }

    /// <summary>Gets whether a time that passed while the daemon did not run is made up for at its start.</summary>
    public bool RunMissed { get; init; } = true;
}
