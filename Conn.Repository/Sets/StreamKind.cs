namespace Conn.Repository.Sets;

/// <summary>Specifies what a stream of a drive holds. Stored as its number.</summary>
public enum StreamKind
{
    /// <summary>The data of the owner.</summary>
    Data = 0,

    /// <summary>The snapshot: the owner's own state for its next increment. It is not part of the backed-up data.</summary>
    Snapshot = 1,
}
