using Conn.Engine;

namespace Conn.Hosting;

/// <summary>An operation of a host that has ended, or that runs.</summary>
public sealed record PastOperation
{
    /// <summary>Gets what it is: backup or restore, or the plan of one; or retention, of which listeners are told only when it failed.</summary>
    public required string Kind { get; init; }

    /// <summary>Gets who asked for it.</summary>
    public required string Holder { get; init; }

    /// <summary>Gets when it began.</summary>
    public required DateTimeOffset Began { get; init; }

    /// <summary>Gets when it ended; null while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>Gets its outcome; null while it runs, and when it was refused, aborted or failed as a whole.</summary>
    public OperationOutcome? Outcome { get; init; }

    /// <summary>Gets the id of its set; null without one.</summary>
    public string? Set { get; init; }

    /// <summary>Gets why it was refused, aborted or failed, or what failed of it when it was partial; at most about 4096 characters. Null when it succeeded.</summary>
    public string? Error { get; init; }
}
