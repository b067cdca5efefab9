namespace Conn.ActiveBackup;

/// <summary>The remarks of an owner on a part that did not fail.</summary>
/// <param name="Notes">Sentences that leave the part whole: a socket skipped, a growing file kept at the size seen.</param>
/// <param name="Errors">One sentence for each thing left out (an unreadable file). Any makes the part incomplete.</param>
/// <param name="WhyBase">Why the owner gave a base although a snapshot was supplied, or null.</param>
public sealed record OwnerRemarks(IReadOnlyList<string> Notes, IReadOnlyList<string> Errors, string? WhyBase = null)
{
    /// <summary>Gets the size of all data of the owner as a restore would write it, in bytes: the whole, also of an increment, over all drives. The default,
    /// -1, is unknown. Only a backup uses it.</summary>
    /// <remarks>The engine stores it with the part. A later restore asks <see cref="IRestorePlan"/> for this much room, and a later backup warns when the
    /// data has become much less.</remarks>
    public long TotalBytes { get; init; } = -1;

    /// <summary>No remarks.</summary>
    public static OwnerRemarks Nothing { get; } = new([], []);
}
