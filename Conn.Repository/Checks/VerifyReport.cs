namespace Conn.Repository.Checks;

/// <summary>What a verification read and found.</summary>
public sealed record VerifyReport
{
    /// <summary>Sets read.</summary>
    public required int Sets { get; init; }

    /// <summary>Sections read and decoded.</summary>
    public required long Sections { get; init; }

    /// <summary>Plain bytes of those sections, snapshots included.</summary>
    public required long Bytes { get; init; }

    /// <summary>What does not match, the repository first, then by set. Empty = verified.</summary>
    public required IReadOnlyList<VerifyProblem> Problems { get; init; }

    /// <summary>What is worth knowing and not wrong: leftovers of a killed run, for example.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
