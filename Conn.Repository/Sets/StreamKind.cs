namespace Conn.Repository.Sets;

/// <summary>What a stream of a drive holds. Stored as its number.</summary>
public enum StreamKind
{
    /// <summary>The owner's data.</summary>
    Data = 0,

    /// <summary>What the owner needs to compute its next increment.</summary>
    Snapshot = 1,
}
