using Conn.ActiveBackup;

namespace Conn.Testing.Simulation;

/// <summary>One owner of a schedule.</summary>
/// <param name="Drives">Its drives.</param>
/// <param name="Policy">What its failure means.</param>
/// <param name="SupportsIncremental">Whether it is registered with increments.</param>
/// <param name="HasCallbacks">False for an owner that is only quiet.</param>
/// <param name="MaxSectionBytes">The most bytes it puts into a section.</param>
/// <param name="MaxDataBytes">The most bytes it has on a drive.</param>
/// <param name="LeaseSeconds">Its lease.</param>
/// <param name="RestoreAfter">The owner it depends on, or -1.</param>
internal sealed record PlannedOwner(
    DriveList Drives, OwnerPolicy Policy, bool SupportsIncremental, bool HasCallbacks, int MaxSectionBytes, int MaxDataBytes, int LeaseSeconds, int RestoreAfter)
{
    /// <summary>The owners that keep data of it, in order.</summary>
    public IReadOnlyList<int> Managers { get; init; } = [];

    /// <summary>What it does: its own data, other owners' data, or both.</summary>
    public ActiveType Type { get; init; } = ActiveType.ActiveOnly;

    /// <summary>Whether its data is of another version in each life of the host: newer for the most part, and older again after a way back.</summary>
    public bool ChangesVersion { get; init; }

    /// <summary>Whether managers keep data of it.</summary>
    public bool IsProxied => Managers.Count > 0;

    /// <summary>Whether it hands over data itself.</summary>
    public bool HasOwnData => HasCallbacks && Type != ActiveType.ProxyOnly;
}
