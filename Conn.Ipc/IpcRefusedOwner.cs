using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>Describes a data owner that a program of the machine offers and the server refuses, so that no operation includes it.</summary>
/// <param name="SecureId">Its id.</param>
/// <param name="Name">Its name, as the program says it; null when it did not.</param>
/// <param name="Peer">The program.</param>
/// <param name="Reason">Why it is refused, a sentence.</param>
public sealed record IpcRefusedOwner(SecureId SecureId, string? Name, IpcPeer Peer, string Reason);
