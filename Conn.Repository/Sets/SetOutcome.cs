namespace Conn.Repository.Sets;

/// <summary>What a set as a whole is called. Stored as its number.</summary>
public enum SetOutcome
{
    /// <summary>Every owner succeeded.</summary>
    Succeeded = 0,

    /// <summary>Something was left out, or an owner that may fail did.</summary>
    Partial = 1,

    /// <summary>An owner that must not fail did.</summary>
    Failed = 2,
}
