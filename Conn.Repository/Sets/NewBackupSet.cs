namespace Conn.Repository.Sets;

/// <summary>What a set is begun with.</summary>
public sealed record NewBackupSet
{
    /// <summary>Time of the set; null (the default) = now, by the repository's clock.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>True when the set must not become anybody's parent. False by default.</summary>
    public bool CopyOnly { get; init; }
}
