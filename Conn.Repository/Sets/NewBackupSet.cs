namespace Conn.Repository.Sets;

/// <summary>Represents a backup set that is to be begun.</summary>
public sealed record NewBackupSet
{
    /// <summary>Gets the time of the set. The default, null, is the current time of the repository's clock.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Gets whether no increment may continue the set. The default is false.</summary>
    public bool CopyOnly { get; init; }
}
