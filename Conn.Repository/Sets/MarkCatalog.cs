namespace Conn.Repository.Sets;

/// <summary>The marks of sets, as they were read.</summary>
/// <param name="Marks">The marks that can be read, by set.</param>
/// <param name="Unreadable">The sets whose mark cannot be read, or whose hold was lost: they are neither hidden nor deleted.</param>
internal sealed record MarkCatalog(IReadOnlyDictionary<SetId, SetMark> Marks, IReadOnlySet<SetId> Unreadable)
{
    public static MarkCatalog None { get; } = new(new Dictionary<SetId, SetMark>(), new HashSet<SetId>());

    public bool IsHidden(SetId set) => Marks.GetValueOrDefault(set) is { Kind: SetMarkKind.Hidden };
}
