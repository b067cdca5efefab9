using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Represents what the rules say of one set.</summary>
/// <param name="Set">The set.</param>
/// <param name="Reasons">Why it is kept, by owner in the order of its parts; empty if it is removable.</param>
public sealed record RetainedSet(BackupSet Set, IReadOnlyList<RetentionReason> Reasons)
{
    /// <summary>Gets whether the set is kept. A set that is not kept is needed by no kept part.</summary>
    public bool IsKept => Reasons.Count > 0;

    /// <summary>Gets whether a part is kept for itself, so that everything that it needs is kept too. The data of any other part stays as long as its set, but it
    /// cannot be restored when what it needs is gone.</summary>
    /// <param name="part">A part of the set.</param>
    /// <returns>True if a reason concerns the part or the whole set.</returns>
    public bool Keeps(OwnerPart part)
    {
        ArgumentNullException.ThrowIfNull(part);
        return Reasons.Any(reason => reason.Owner is null || reason.Owner == part.Name);
    }

    /// <summary>Gets the reasons that concern the part of one owner.</summary>
    /// <param name="owner">Name of the owner.</param>
    /// <returns>The reasons.</returns>
    public IEnumerable<RetentionReason> ReasonsOf(string owner) => Reasons.Where(reason => reason.Owner == owner);
}
