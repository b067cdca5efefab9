namespace Conn.Repository.Sets;

/// <summary>Specifies what a mark says of a set. Stored as its number.</summary>
public enum SetMarkKind
{
    /// <summary>The set is hidden: a later prune deletes it.</summary>
    Hidden = 0,

    /// <summary>The user holds the set: no prune hides it.</summary>
    Held = 1,
}
