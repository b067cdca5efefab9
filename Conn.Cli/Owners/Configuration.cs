using Conn.Cli.Daemon;

namespace Conn.Cli.Owners;

/// <summary>What the file of <c>--config</c> says.</summary>
internal sealed record Configuration
{
    /// <summary>Gets the repository; null if the file names none.</summary>
    public string? Repository { get; init; }

    /// <summary>Gets where the key of the repository is.</summary>
    public KeyConfiguration Key { get; init; } = new();

    public IReadOnlyList<OwnerSpec> Owners { get; init; } = [];

    /// <summary>Gets what is for the daemon alone.</summary>
    public DaemonConfiguration Daemon { get; init; } = new();

    public OwnerTimeouts Timeouts { get; init; } = new();
}
