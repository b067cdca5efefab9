namespace Conn.Engine.Reports;

/// <summary>The outcome of an operation as a whole.</summary>
public enum OperationOutcome
{
    /// <summary>Every owner succeeded.</summary>
    Succeeded = 0,

    /// <summary>A best-effort owner failed or was skipped, or something was left out.</summary>
    Partial = 1,

    /// <summary>A Required owner failed.</summary>
    Failed = 2,
}
