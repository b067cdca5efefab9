using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Conn.ActiveBackup;
using Conn.Engine;
using Conn.PubSub.Security;
using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>What becomes of owners that a server does not take, and of programs that come before it serves.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RefusedOwnersTests : IAsyncLifetime
{
    private static readonly DataOwnerRegistration Ledger = new("ledger");

    private readonly SocketFolder _folder = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private ConnHost _host = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IpcClientOptions Client => new() { SocketPath = _folder.Socket };

    public async ValueTask InitializeAsync() => _host = await ConnHost.StartAsync(cancellationToken: Token);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_owner_that_the_engine_does_not_know_is_listed_and_logged_once_until_it_is_registered()
    {
        await using IpcServer server = Start();
        await using IpcPropertyStore bus = await IpcPropertyStore.ConnectAsync(Client, Token);
        for (int i = 0; i < 3; i++)
        {
            ConnException refusal = await Assert.ThrowsAsync<ConnException>(OfferAsync);
            Assert.Equal((ErrorCode.NotFound, true), (refusal.Code, refusal.Message.Contains("ledger", StringComparison.Ordinal)));
        }

        IpcRefusedOwner refused = Assert.Single(server.ListRefusedOwners());
        Assert.Equal((Ledger.Sid, "ledger", Environment.ProcessId), (refused.SecureId, refused.Name, refused.Peer.Process));
        Assert.StartsWith("Owner ledger (", Assert.Single(_lines), StringComparison.Ordinal);
        await _host.Engine.RegisterAsync(Ledger);
        await using IAsyncDisposable offer = await OfferAsync();
        Assert.Empty(server.ListRefusedOwners());
    }

    [Fact]
    public async Task An_owner_whose_program_is_gone_is_not_listed()
    {
        await using IpcServer server = Start();
        await using (await IpcPropertyStore.ConnectAsync(Client, Token))
        {
            await Assert.ThrowsAsync<ConnException>(OfferAsync);
        }

        await Task.WhenAll(server.Connections);
        Assert.Empty(server.ListRefusedOwners());
    }

    [Fact]
    public async Task An_identity_that_its_user_may_not_have_is_logged_once()
    {
        await using IpcServer server = Start();
        await using IpcPropertyStore bus = await IpcPropertyStore.ConnectAsync(Client, Token);
        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<ConnException>(async () => await bus.OpenAsync(bus.MintIdentity(SecureId.Engine, CapabilitySet.Empty), Token));
        }

        Assert.Contains("may not have the secure id", Assert.Single(_lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_has_its_socket_at_once_and_serves_when_it_may()
    {
        TaskCompletionSource served = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using IpcServer server = Start(o => o with { ServeAfter = served.Task });
        Assert.Equal(ErrorCode.InUse, Assert.Throws<ConnException>(() => Start()).Code);
        Task<IpcPropertyStore> connecting = IpcPropertyStore.ConnectAsync(Client, Token);
        Assert.Equal(0, server.ConnectionCount);
        Assert.False(connecting.IsCompleted);
        served.SetResult();
        await using IpcPropertyStore bus = await connecting;
    }

    [Fact]
    public async Task A_server_that_never_serves_is_disposed_all_the_same()
    {
        await Start(static o => o with { ServeAfter = new TaskCompletionSource().Task }).DisposeAsync();
        await using IpcServer again = Start();
    }

    private IpcServer Start(Func<IpcServerOptions, IpcServerOptions>? change = null)
    {
        IpcServerOptions options = new() { SocketPath = _folder.Socket, Store = _host.Bus, Owners = _host.Engine, Log = _lines.Enqueue };
        return IpcServer.Start(change?.Invoke(options) ?? options);
    }

    private Task<IAsyncDisposable> OfferAsync() => new IpcOwnerTransport(Client).OfferPlannerAsync(Ledger.Sid, Ledger.Name, new ChannelStub(), cancellationToken: Token);
}
