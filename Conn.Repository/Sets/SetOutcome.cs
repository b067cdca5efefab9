namespace Conn.Repository.Sets;

/// <summary>Specifies the outcome of a set. Stored as its number.</summary>
public enum SetOutcome
{
    /// <summary>Every owner succeeded.</summary>
    Succeeded = 0,

    /// <summary>Some data is missing, or an owner failed that is allowed to fail.</summary>
    Partial = 1,

    /// <summary>An owner failed that must not fail.</summary>
    Failed = 2,
}
