namespace Conn.Engine;

/// <summary>Says why a set holds no data of an owner.</summary>
public enum MissingReason
{
    /// <summary>The set does not know the owner.</summary>
    Absent,

    /// <summary>The owner failed in the backup.</summary>
    Failed,

    /// <summary>The owner was left out of the backup, or gave no data.</summary>
    Skipped,

    /// <summary>A prune deleted sets that its part needs; the set is kept for another owner.</summary>
    Pruned,
}
