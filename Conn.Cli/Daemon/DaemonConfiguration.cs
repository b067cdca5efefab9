using Conn.Repository.Retention;

namespace Conn.Cli.Daemon;

/// <summary>What the file of <c>--config</c> says for the daemon alone.</summary>
internal sealed record DaemonConfiguration
{
    public DaemonSchedule Schedule { get; init; } = new();

    /// <summary>Gets the path of the socket; null for the default one.</summary>
    public string? Socket { get; init; }

    /// <summary>Gets the number of the group whose users may connect; null for none.</summary>
    public uint? SocketGroup { get; init; }

    /// <summary>Gets the port of health and metrics on loopback; null for none.</summary>
    public int? HttpPort { get; init; }

    /// <summary>Gets what is kept after a good backup; null if nothing is removed by itself.</summary>
    public RetentionRequest? Retention { get; init; }

    public IReadOnlyList<DaemonNotification> Notifications { get; init; } = [];

    /// <summary>Gets what the processes of other users may do.</summary>
    public IReadOnlyList<DaemonIdentity> Identities { get; init; } = [];
}
