namespace Conn.Repository.Restores;

/// <summary>A restore that was decided: from here on every owner in it is rolled forward, after a crash by the next run.</summary>
public sealed record RestoreRecord
{
    /// <summary>Its name: of the same shape as a set id.</summary>
    public required string Id { get; init; }

    /// <summary>Its place in the order of restores, 1 and up.</summary>
    public required long Number { get; init; }

    /// <summary>When it was committed, UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Sequence of the newest set at that time; 0 when there was none.</summary>
    public required long Sequence { get; init; }

    /// <summary>Its owners.</summary>
    public required IReadOnlyList<RestoreOwner> Owners { get; init; }

    /// <summary>True when nothing is left to do.</summary>
    public bool Completed { get; init; }
}
