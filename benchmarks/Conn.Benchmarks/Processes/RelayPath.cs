using System.Net.Sockets;

namespace Conn.Benchmarks.Processes;

/// <summary>Bytes over two sockets with a thread between them that blocks in each call: the least that three processes cost.</summary>
internal sealed class RelayPath : ILatencyPath
{
    private const byte Sender = 1;
    private const byte Receiver = 2;

    private readonly string _path;
    private Socket? _socket;

    public RelayPath(string path) => _path = path;

    /// <summary>Relays from one sender to one receiver, in this process, until the sender ends.</summary>
    public static Thread Serve(string path)
    {
        Socket listening = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        listening.Listen();
        Thread thread = new(() => Relay(listening)) { IsBackground = true };
        thread.Start();
        return thread;
    }

    public ValueTask SendAsync(long stamp)
    {
        _socket ??= Connect(Sender);
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BitConverter.TryWriteBytes(bytes, stamp);
        _socket.Send(bytes);
        return default;
    }

    public Task ObserveAsync(Action<long> received)
    {
        _socket = Connect(Receiver);
        new Thread(() =>
        {
            byte[] bytes = new byte[sizeof(long)];
            while (Read(_socket, bytes))
            {
                received(BitConverter.ToInt64(bytes));
            }
        }) { IsBackground = true }.Start();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        return default;
    }

    private static void Relay(Socket listening)
    {
        Socket? sender = null;
        Socket? receiver = null;
        byte[] kind = new byte[1];
        while (sender is null || receiver is null)
        {
            Socket accepted = listening.Accept();
            _ = Read(accepted, kind);
            _ = kind[0] == Sender ? sender = accepted : receiver = accepted;
        }

        byte[] bytes = new byte[sizeof(long)];
        while (Read(sender, bytes))
        {
            receiver.Send(bytes);
        }

        sender.Dispose();
        receiver.Dispose();
        listening.Dispose();
    }

    private static bool Read(Socket socket, byte[] bytes)
    {
        int read = 0;
        while (read < bytes.Length)
        {
            int count = socket.Receive(bytes.AsSpan(read));
            if (count == 0)
            {
                return false;
            }

            read += count;
        }

        return true;
    }

    private Socket Connect(byte kind)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_path));
        socket.Send([kind]);
        return socket;
    }
}
