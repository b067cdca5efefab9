using Conn.Ipc;

namespace Conn.Cli.Daemon;

/// <summary>What the processes of one user may do.</summary>
/// <param name="User">The user id.</param>
/// <param name="Grant">What they may do.</param>
internal sealed record DaemonIdentity(uint User, IpcGrant Grant);
