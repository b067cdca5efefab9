using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Conn.Ipc;

/// <summary>Asks the kernel who the peer of a socket is.</summary>
internal static class PeerCredentials
{
    private const int SocketLevel = 1;
    private const int PeerCredentialsOption = 17;

    public static IpcPeer Read(Socket socket)
    {
        Span<int> fields = stackalloc int[3];
        socket.GetRawSocketOption(SocketLevel, PeerCredentialsOption, MemoryMarshal.AsBytes(fields));
        return new IpcPeer((uint)fields[1], (uint)fields[2], fields[0]);
    }
}
