using System.Collections.Concurrent;
using System.Net.Sockets;
using Conn.PubSub;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A server with a bus, and raw connections to it.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private readonly SocketFolder _folder = new();
    private readonly SemaphoreSlim _lines = new(0);
    private readonly TaskCompletionSource<string> _logged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ServerFixture(Func<IpcServerOptions, IpcServerOptions>? configure = null)
    {
        IpcServerOptions options = new() { SocketPath = _folder.Socket, Store = Store, Owners = Gateway, Log = Add };
        Server = IpcServer.Start(configure?.Invoke(options) ?? options);
    }

    public PropertyStore Store { get; } = new();

    public CapturingGateway Gateway { get; } = new();

    public ConcurrentQueue<string> Lines { get; } = [];

    public IpcServer Server { get; }

    /// <summary>The first line of the log.</summary>
    public Task<string> Logged => _logged.Task;

    public string Path => _folder.Socket;

    public string Folder => _folder.Folder;

    public IpcClientOptions Client => new() { SocketPath = Path };

    public async Task<NetworkStream> ConnectRawAsync()
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path));
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Connects and greets, but speaks no protocol after it.</summary>
    public async Task<NetworkStream> GreetAsync(CancellationToken cancellationToken)
    {
        NetworkStream stream = await ConnectRawAsync();
        await Hello.AskAsync(stream, Purpose.Bus, default, cancellationToken);
        return stream;
    }

    /// <summary>Checks that another client is served as before.</summary>
    public async Task ServesAsync(CancellationToken cancellationToken)
    {
        await using IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(Client, cancellationToken);
        IPropertyClient client = await store.OpenAsync(store.MintIdentity(new SecureId(0x20000001), CapabilitySet.Empty), cancellationToken);
        PropertyName name = new(0x20000001, 7);
        ErrorCode defined = await client.TryDefineAsync(name, PropertyDefinition.Open(PropertyType.Int), cancellationToken);
        Assert.True(defined == ErrorCode.Success || defined == ErrorCode.AlreadyExists, defined.Name);
        using IProperty handle = await client.AttachAsync(name, cancellationToken);
        PublishResult set = await handle.TrySetAsync(5, cancellationToken);
        Assert.Equal((ErrorCode.Success, 5, set.Revision), (handle.TryGet(out int value, out Revision revision), value, revision));
    }

    /// <summary>Reads until the server closes the connection.</summary>
    public static async Task ClosesAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, cancellationToken) != 0)
            {
            }
        }
        catch (IOException)
        {
            // Closed with bytes that were not read.
        }
    }

    /// <summary>Completes when the log has so many lines: a peer has its answer before the line is written.</summary>
    public async Task LogsAsync(int lines, CancellationToken cancellationToken)
    {
        for (int i = 0; i < lines; i++)
        {
            await _lines.WaitAsync(cancellationToken);
        }
    }

    private void Add(string line)
    {
        Lines.Enqueue(line);
        _lines.Release();
        _logged.TrySetResult(line);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Store.Dispose();
        _lines.Dispose();
        _folder.Dispose();
    }
}
