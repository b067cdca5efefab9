namespace Conn.Repository.Restores;

/// <summary>What a restore is committed with.</summary>
public sealed record NewRestoreRecord
{
    /// <summary>Time of the restore; null (the default) = now, by the repository's clock.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The owners that will be rolled forward; 1 or more, each once.</summary>
    public required IReadOnlyList<RestoreOwner> Owners { get; init; }
}
