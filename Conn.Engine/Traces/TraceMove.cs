using Conn.ActiveBackup.Machines;

namespace Conn.Engine.Traces;

/// <summary>What a callback did to one drive.</summary>
/// <param name="Drive">The drive's letter.</param>
/// <param name="ProxiedOwner">The owner whose data it is, when the owner called keeps it for another; else 0.</param>
/// <param name="Before">Where the drive stood before the call.</param>
/// <param name="After">Where it stood after it; the same when the call was given up.</param>
public readonly record struct TraceMove(char Drive, uint ProxiedOwner, DriveState Before, DriveState After);
