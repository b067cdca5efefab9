
namespace Conn.Engine;

/// <summary>The outcome of an operation as a whole.</summary>
public enum OperationOutcome
{
    /// <summary>Every owner succeeded.</summary>
    Succeeded = 0,

    /// <summary>A best-effort owner failed or was skipped, or something was left out.</summary>
    Partial = 1,

    /// <summary>A Required owner failed, a restore that an earlier run committed could not be rolled forward, or it is unknown whether this restore was
    /// committed.</summary>
    Failed = 2,
}
