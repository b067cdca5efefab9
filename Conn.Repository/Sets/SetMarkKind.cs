namespace Conn.Repository.Sets;

/// <summary>Specifies what a mark says of a set as a whole. Stored as its number.</summary>
public enum SetMarkKind
{
    /// <summary>Nothing: the mark is about parts of the set only.</summary>
    None = 0,

    /// <summary>The set is hidden: a later prune deletes it.</summary>
    Hidden = 1,

    /// <summary>The user holds the set: no prune hides it.</summary>
    Held = 2,
}
