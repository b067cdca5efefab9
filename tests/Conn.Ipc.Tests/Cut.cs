using System.Net.Sockets;

namespace Conn.Ipc.Tests;

/// <summary>A socket between clients and a server that hands on bytes, and cuts connections when a test says so: at once, or in the middle of a message.</summary>
internal sealed class Cut : IAsyncDisposable
{
    private readonly Lock _lock = new(); // guards everything below
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _running = [];
    private readonly SocketFolder _folder = new();
    private readonly string _server;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private long _toClient = long.MaxValue;
    private long _toServer = long.MaxValue;
    private bool _refuses;

    public Cut(string server)
    {
        _server = server;
        _listener.Bind(new UnixDomainSocketEndPoint(_folder.Socket));
        _listener.Listen();
        _running.Add(AcceptAsync());
    }

    public string Path => _folder.Socket;

    /// <summary>Gets the number of connections that were made.</summary>
    public int Connections { get; private set; }

    /// <summary>Gets or sets whether new connections are closed at once.</summary>
    public bool Refuses
    {
        get
        {
            lock (_lock)
            {
                return _refuses;
            }
        }

        set
        {
            lock (_lock)
            {
                _refuses = value;
            }
        }
    }

    /// <summary>Cuts everything that is connected.</summary>
    public void Now()
    {
        Socket[] sockets;
        lock (_lock)
        {
            sockets = [.. _sockets];
            _sockets.Clear();
        }

        Array.ForEach(sockets, static s => s.Dispose());
    }

    /// <summary>Cuts everything once so many more bytes have gone one way.</summary>
    public void After(long toClient = long.MaxValue, long toServer = long.MaxValue)
    {
        lock (_lock)
        {
            (_toClient, _toServer) = (toClient, toServer);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        Now();
        await Task.WhenAll(_running);
        _folder.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                Socket client = await _listener.AcceptAsync();
                Socket server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                lock (_lock)
                {
                    Connections++;
                    _sockets.AddRange([client, server]);
                    _running.Add(RunAsync(client, server, _refuses));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task RunAsync(Socket client, Socket server, bool refused)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using (client)
        using (server)
        {
            try
            {
                if (!refused)
                {
                    await server.ConnectAsync(new UnixDomainSocketEndPoint(_server));
                    await Task.WhenAny(PumpAsync(client, server, toClient: false), PumpAsync(server, client, toClient: true));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // No server listens, or it was cut.
            }
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool toClient)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None) is var count and > 0)
            {
                int passed = Pass(count, toClient);
                for (int sent = 0; sent < passed; sent += await to.SendAsync(buffer.AsMemory(sent, passed - sent), SocketFlags.None))
                {
                }

                if (passed < count)
                {
                    Now();
                    return;
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It was cut.
        }
    }

    private int Pass(int count, bool toClient)
    {
        lock (_lock)
        {
            ref long left = ref toClient ? ref _toClient : ref _toServer;
            int passed = (int)Math.Min(left, count);
            left = passed < count ? long.MaxValue : left == long.MaxValue ? left : left - passed;
            return passed;
        }
    }
}
