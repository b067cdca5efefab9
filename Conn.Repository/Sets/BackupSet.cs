using Conn.Repository.Format;

namespace Conn.Repository.Sets;

/// <summary>Represents a backup set: everything that one backup stored. Immutable; it was read back and committed.</summary>
public sealed record BackupSet
{
    /// <summary>Gets the id.</summary>
    public required SetId Id { get; init; }

    /// <summary>Gets the position in the order of sets: 1 and up. It does not depend on clocks.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the time at which the set was begun, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets the type: an increment when any part is an increment, a base otherwise.</summary>
    public SetType Type => Parts.Any(static part => part.Type == PartType.Increment) ? SetType.Increment : SetType.Base;

    /// <summary>Gets the outcome of the backup.</summary>
    public required SetOutcome Outcome { get; init; }

    /// <summary>Gets whether no increment may continue this set.</summary>
    public bool CopyOnly { get; init; }

    /// <summary>Gets where the bytes came from when the set was read back before its commit.</summary>
    public ReadBack ReadBack { get; init; }

    /// <summary>Gets the name of the machine whose data it is; empty when the host gave none.</summary>
    public string Host { get; init; } = "";

    /// <summary>Gets words of the user by which the set can be found.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Gets the parts, in the order in which they were written.</summary>
    public required IReadOnlyList<OwnerPart> Parts { get; init; }

    /// <summary>The set that was the newest when this one was written; null for the first one.</summary>
    internal IndexedSet? Previous { get; init; }

    /// <summary>Gets the number of plain bytes of all data streams.</summary>
    public long Bytes => Parts.Sum(static part => part.Bytes);

    /// <summary>Gets the number of stored bytes of all parts.</summary>
    public long StoredBytes => Parts.Sum(static part => part.StoredBytes);

    /// <summary>Finds the part of an owner.</summary>
    /// <param name="sid">Secure id of the owner.</param>
    /// <returns>The part, or null.</returns>
    public OwnerPart? Part(uint sid) => Parts.FirstOrDefault(part => part.Sid == sid);
}
