using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Represents what the rules say of one set.</summary>
/// <param name="Set">The set.</param>
/// <param name="Reasons">Why it is kept, by owner in the order of its parts; empty if it is removable.</param>
public sealed record RetainedSet(BackupSet Set, IReadOnlyList<RetentionReason> Reasons)
{
    /// <summary>Gets whether the set is kept. A set that is not kept is needed by no kept set.</summary>
    public bool IsKept => Reasons.Count > 0;

    /// <summary>Gets the reasons that concern the part of one owner. A part without a reason of its own is kept together with its set.</summary>
    /// <param name="owner">Name of the owner.</param>
    /// <returns>The reasons.</returns>
    public IEnumerable<RetentionReason> ReasonsOf(string owner) => Reasons.Where(reason => reason.Owner == owner);
}
