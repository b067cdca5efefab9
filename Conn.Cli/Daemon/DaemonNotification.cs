namespace Conn.Cli.Daemon;

/// <summary>What is run or asked for when an operation begins or ends.</summary>
internal sealed record DaemonNotification
{
    public const string Start = "start";
    public const string Success = "success";
    public const string Failure = "failure";

    /// <summary>Gets the moments: some of the three above.</summary>
    public required IReadOnlyList<string> On { get; init; }

    /// <summary>Gets the program and its arguments; empty for none.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Gets the address that is asked for by HTTP; null for none.</summary>
    public Uri? Ping { get; init; }
}
