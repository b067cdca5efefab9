using Conn.Repository.Sets;

namespace Conn.Repository.Retention;

/// <summary>Represents what a prune does, or did. Immutable.</summary>
public sealed record RetentionPlan
{
    /// <summary>Gets the time at which the rules were applied, UTC.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Gets the request.</summary>
    public required RetentionRequest Request { get; init; }

    /// <summary>Gets the sets that were not hidden, by rising sequence. A prune hides those that are not kept.</summary>
    public required IReadOnlyList<RetainedSet> Sets { get; init; }

    /// <summary>Gets the sets that an earlier prune hid, by rising sequence. A prune deletes those that are due.</summary>
    public required IReadOnlyList<HiddenSet> Hidden { get; init; }

    /// <summary>Gets the number of stored bytes that a prune would hide in addition if each owner gave a base now: what only old increments still need.</summary>
    public required long NewBaseFrees { get; init; }

    /// <summary>All sets as they were when the plan was made; each of them could be read.</summary>
    internal SetList All { get; init; } = null!;

    /// <summary>Gets the number of stored bytes of the sets that are hidden by this plan.</summary>
    public long BytesToHide => Sets.Where(static set => !set.IsKept).Sum(static set => set.Set.StoredBytes);

    /// <summary>Gets the number of stored bytes of the sets that are deleted by this plan.</summary>
    public long BytesToDelete => Hidden.Where(static set => set.IsDue).Sum(static set => set.Set.StoredBytes);
}
