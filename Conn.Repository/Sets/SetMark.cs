namespace Conn.Repository.Sets;

/// <summary>Represents what was said of a set after its commit. A set has one mark at most.</summary>
public sealed record SetMark
{
    /// <summary>The longest <see cref="Why"/>: 256 characters.</summary>
    public const int MaxWhyLength = 256;

    /// <summary>Gets the id of the set.</summary>
    public required SetId Set { get; init; }

    /// <summary>Gets the sequence of the set.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets what the mark says.</summary>
    public required SetMarkKind Kind { get; init; }

    /// <summary>Gets when the set was marked, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets why the user holds the set; empty when nothing was said.</summary>
    public string Why { get; init; } = "";

    /// <summary>Gets the secure ids of the owners whose parts are pruned; see <see cref="OwnerPart.IsPruned"/>. Usually empty.</summary>
    public IReadOnlyList<uint> Pruned { get; init; } = [];
}
