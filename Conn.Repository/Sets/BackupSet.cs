namespace Conn.Repository.Sets;

/// <summary>Everything one backup stored. Immutable; committed and read back.</summary>
public sealed record BackupSet
{
    /// <summary>Its name.</summary>
    public required SetId Id { get; init; }

    /// <summary>Its place in the order of sets: 1 and up, rising; the clock has no say.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was begun, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Increment when any part is an increment; base otherwise.</summary>
    public SetType Type => Parts.Any(static part => part.Type == PartType.Increment) ? SetType.Increment : SetType.Base;

    /// <summary>What the engine called it.</summary>
    public required SetOutcome Outcome { get; init; }

    /// <summary>True when it must not become anybody's parent.</summary>
    public bool CopyOnly { get; init; }

    /// <summary>Where its bytes came from when it was read back.</summary>
    public ReadBack ReadBack { get; init; }

    /// <summary>Its parts, in the order in which they were written.</summary>
    public required IReadOnlyList<OwnerPart> Parts { get; init; }

    /// <summary>Plain bytes of all data streams.</summary>
    public long Bytes => Parts.Sum(static part => part.Bytes);

    /// <summary>Bytes on storage of all parts.</summary>
    public long StoredBytes => Parts.Sum(static part => part.StoredBytes);

    /// <summary>The part of an owner, or null.</summary>
    /// <param name="sid">Secure id of the owner.</param>
    /// <returns>The part, or null.</returns>
    public OwnerPart? Part(uint sid) => Parts.FirstOrDefault(part => part.Sid == sid);
}
