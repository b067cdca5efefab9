namespace Conn.Repository.Sets;

/// <summary>Whether a part holds all data of its owner or what changed. Stored as its number.</summary>
public enum SetType
{
    /// <summary>All data.</summary>
    Base = 0,

    /// <summary>What changed since the parent.</summary>
    Increment = 1,
}
