namespace Conn.Repository.Restores;

/// <summary>Represents a restore that is to be committed.</summary>
public sealed record NewRestoreRecord
{
    /// <summary>Gets the time of the restore. The default, null, is the current time of the repository's clock.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Gets the owners that are restored: 1 or more, each once.</summary>
    public required IReadOnlyList<RestoreOwner> Owners { get; init; }
}
