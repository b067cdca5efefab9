using Conn.ActiveBackup.Calls;

namespace Conn.Engine.Traces;

/// <summary>What a call did to one drive.</summary>
/// <param name="Drive">The drive's letter.</param>
/// <param name="ProxiedOwner">The owner whose data it is, when the owner called keeps it for another; else 0.</param>
/// <param name="Before">The drive's state before the call.</param>
/// <param name="After">Its state after the call.</param>
public readonly record struct TraceMove(char Drive, uint ProxiedOwner, DriveState Before, DriveState After);
