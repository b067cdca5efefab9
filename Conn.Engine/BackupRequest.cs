using Conn.Engine.Owners;
using Conn.PubSub.Security;
using Conn.Repository;

namespace Conn.Engine;

/// <summary>What to back up, and where to.</summary>
public sealed record BackupRequest
{
    /// <summary>Where the set goes; opened by the caller, who disposes it.</summary>
    public required BackupRepository Repository { get; init; }

    /// <summary>Who asks: named to others that want the engine or the repository at the same time. 1 to 256 characters. Default: the name of the
    /// program and its process id.</summary>
    public string Holder { get; init; } = EngineHolder.Of("a backup");

    /// <summary>The owners; null for all that are registered; at least one. Default: null.</summary>
    public IReadOnlyList<SecureId>? Owners { get; init; }

    /// <summary>Base or increment. Default: <see cref="BackupChoice.Auto"/>.</summary>
    public BackupChoice Choice { get; init; }

    /// <summary>True to publish a partial backup also when every registered owner takes part. Default: false.</summary>
    public bool Partial { get; init; }

    /// <summary>True for a set that no later increment may continue. Default: false.</summary>
    public bool CopyOnly { get; init; }

    /// <summary>The name of this machine, kept in the set. At most 256 characters. Default: the name that the system gives.</summary>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>Words by which the user finds the set: at most 64, each of 1 to 256 characters. Default: none.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>True to make the plan only: base or increment for each owner, and why. No owner is asked, and nothing changes. Default: false.</summary>
    public bool PlanOnly { get; init; }

    /// <summary>True to ask each owner for its checksum of every drive after the drive's data; the report has the values. Default: false.</summary>
    public bool Checksums { get; init; }
}
