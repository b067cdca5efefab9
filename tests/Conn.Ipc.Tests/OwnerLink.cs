using System.Reactive.Concurrency;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;

namespace Conn.Ipc.Tests;

/// <summary>An owner behind a socket: both ends in this process.</summary>
internal sealed class OwnerLink : IAsyncDisposable
{
    private readonly SocketFolder _folder;
    private readonly IpcServer _server;

    private OwnerLink(SocketFolder folder, IpcServer server, CapturingGateway gateway, IEngineSession session, IOwnerChannel channel) =>
        (_folder, _server, Gateway, Session, Channel) = (folder, server, gateway, session, channel);

    public static SecureId Sid { get; } = new(0x20000010);

    public CapturingGateway Gateway { get; }

    /// <summary>The owner's session.</summary>
    public IEngineSession Session { get; }

    /// <summary>The engine's way to the owner.</summary>
    public IOwnerChannel Channel { get; }

    public static Task<OwnerLink> OpenAsync(IActiveBackupDataClient client, bool sharesMemory = true) =>
        OpenAsync(new OwnerQueue(new DataClientDispatcher(client), TaskPoolScheduler.Default, static _ => { }), sharesMemory);

    public static async Task<OwnerLink> OpenAsync(IOwnerChannel owner, bool sharesMemory = true)
    {
        SocketFolder folder = new();
        CapturingGateway gateway = new();
        IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket, Owners = gateway, SharesMemory = sharesMemory });
        IEngineSession session = await new IpcOwnerTransport(new IpcClientOptions { SocketPath = folder.Socket })
            .ConnectAsync(new OwnerConnection(Sid, owner), CancellationToken.None);
        return new OwnerLink(folder, server, gateway, session, (await gateway.First).Channel);
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
