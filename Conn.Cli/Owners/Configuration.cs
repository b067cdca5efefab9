namespace Conn.Cli.Owners;

/// <summary>What the file of <c>--config</c> says.</summary>
internal sealed record Configuration
{
    /// <summary>Gets the repository; null if the file names none.</summary>
    public string? Repository { get; init; }

    public IReadOnlyList<OwnerSpec> Owners { get; init; } = [];

    public OwnerTimeouts Timeouts { get; init; } = new();
}
