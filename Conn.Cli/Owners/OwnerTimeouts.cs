namespace Conn.Cli.Owners;

/// <summary>Time-outs of a run; null for the engine's defaults.</summary>
internal sealed record OwnerTimeouts
{
    public TimeSpan? NoProgress { get; init; }

    public TimeSpan? Readiness { get; init; }

    public TimeSpan? Lease { get; init; }
}
