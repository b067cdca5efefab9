using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>Describes a client of the bus in another process.</summary>
/// <param name="SecureId">Its identity.</param>
/// <param name="Peer">Its process.</param>
public readonly record struct IpcClientInfo(SecureId SecureId, IpcPeer Peer);
