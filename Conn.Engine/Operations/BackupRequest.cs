using Conn.PubSub.Security;
using Conn.Repository;

namespace Conn.Engine.Operations;

/// <summary>What to back up, and where to.</summary>
public sealed record BackupRequest
{
    /// <summary>Where the set goes; opened by the caller, who disposes it.</summary>
    public required BackupRepository Repository { get; init; }

    /// <summary>Who asks, told to others that want the engine or the repository meanwhile. Default: "a backup".</summary>
    public string Holder { get; init; } = "a backup";

    /// <summary>The owners; null for all that are registered. Default: null.</summary>
    public IReadOnlyList<SecureId>? Owners { get; init; }

    /// <summary>Base or increment. Default: <see cref="BackupChoice.Auto"/>.</summary>
    public BackupChoice Choice { get; init; }

    /// <summary>True for a set that must not become anybody's parent. Default: false.</summary>
    public bool CopyOnly { get; init; }

    /// <summary>True to ask each owner for its checksum of every drive after the drive's data; the report has the values. Default: false.</summary>
    public bool Checksums { get; init; }
}
