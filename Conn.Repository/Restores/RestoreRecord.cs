namespace Conn.Repository.Restores;

/// <summary>Represents a committed restore. Every owner in it is restored to the end, after a crash by the next run.</summary>
public sealed record RestoreRecord
{
    /// <summary>Gets the id of the restore. It has the form of a <see cref="Sets.SetId"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the position in the order of restores: 1 and up.</summary>
    public required long Number { get; init; }

    /// <summary>Gets the time of the restore, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Gets the sequence of the newest set at the time of the commit; 0 when there was none.</summary>
    public required long Sequence { get; init; }

    /// <summary>Gets the owners.</summary>
    public required IReadOnlyList<RestoreOwner> Owners { get; init; }

    /// <summary>Gets whether the restore is complete for all owners.</summary>
    public bool Completed { get; init; }
}
