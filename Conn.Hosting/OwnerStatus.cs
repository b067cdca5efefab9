using Conn.ActiveBackup;

namespace Conn.Hosting;

/// <summary>Where one owner of a host stands.</summary>
public sealed record OwnerStatus
{
    /// <summary>Gets the owner's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets where its data comes from; empty when that is unknown.</summary>
    public string Source { get; init; } = "";

    /// <summary>Gets its readiness in the current or last operation.</summary>
    public required DataOwnerStatus Readiness { get; init; }

    /// <summary>Gets the code it failed with in the last operation; None when it did not fail.</summary>
    public ErrorCode Error { get; init; }

    /// <summary>Gets whether that failure may pass without a change by the user.</summary>
    public bool Retryable => Error.IsTransient;

    /// <summary>Gets the id of the newest set that holds its data; null when there is none.</summary>
    public string? LastGoodSet { get; init; }

    /// <summary>Gets when that set was made; null when there is none.</summary>
    public DateTimeOffset? LastGood { get; init; }
}
