using Conn.Engine;

namespace Conn.Hosting;

/// <summary>What another process asks a host to back up.</summary>
public sealed record BackupAsk
{
    /// <summary>Gets the names of the owners; null, the default, for all.</summary>
    public IReadOnlyList<string>? Owners { get; init; }

    /// <summary>Gets base or increment. Default: an increment where possible.</summary>
    public BackupChoice Choice { get; init; }

    /// <summary>Gets whether no increment may continue the set. Default: false.</summary>
    public bool CopyOnly { get; init; }

    /// <summary>Gets words kept with the set. Default: none.</summary>
    public IReadOnlyList<string> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Gets whether only the plan is made. Default: false.</summary>
    public bool PlanOnly { get; init; }
}
