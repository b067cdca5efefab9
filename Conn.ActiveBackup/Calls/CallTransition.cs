namespace Conn.ActiveBackup.Calls;

/// <summary>Where a call leads from one state.</summary>
/// <param name="From">The state before.</param>
/// <param name="To">The state after a call that succeeded.</param>
public readonly record struct CallTransition(DriveState From, DriveState To)
{
    /// <summary>The state after a call that succeeded and ended its stream; null when it is the same as <see cref="To"/>.</summary>
    public DriveState? Last { get; init; }

    /// <summary>The state after the owner said that it cannot use a snapshot, or keeps none; null when it cannot say so here.</summary>
    public DriveState? Refused { get; init; }
}
