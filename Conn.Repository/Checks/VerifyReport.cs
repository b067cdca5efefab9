namespace Conn.Repository.Checks;

/// <summary>Represents the result of a verification.</summary>
public sealed record VerifyReport
{
    /// <summary>Gets the number of sets that were read.</summary>
    public required int Sets { get; init; }

    /// <summary>Gets the number of sections that were read and decoded.</summary>
    public required long Sections { get; init; }

    /// <summary>Gets the number of plain bytes of those sections, with snapshots.</summary>
    public required long Bytes { get; init; }

    /// <summary>Gets whether the content was decoded. False for an encrypted repository without a key: only sums were compared.</summary>
    public bool IsDecoded { get; init; } = true;

    /// <summary>Gets the problems, those of the repository first, then by set. When there are none, the repository is verified.</summary>
    public required IReadOnlyList<VerifyProblem> Problems { get; init; }

    /// <summary>Gets what the problems mean for the owners: of which sets nothing of them can be restored. Default: none.</summary>
    public IReadOnlyList<DamagedOwner> Damaged { get; init; } = [];

    /// <summary>Gets remarks that are not problems, for example about files that a killed writer left, or that are not part of the repository.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}
