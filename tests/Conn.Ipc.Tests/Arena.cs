using Xunit;

namespace Conn.Ipc.Tests;

/// <summary>A server, a healthy client, and whatever a test brings in to harm them. Its end checks that the healthy client is served, that every other connection is over
/// and that no exception was lost.</summary>
internal sealed class Arena : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StrayExceptions _strays = new();
    private readonly HashSet<Task> _before = [];

    private Arena(ServerFixture fixture, Bystander bystander) => (Fixture, Bystander) = (fixture, bystander);

    public ServerFixture Fixture { get; }

    public Bystander Bystander { get; }

    public static async Task<Arena> StartAsync(CancellationToken cancellationToken, Func<IpcServerOptions, IpcServerOptions>? configure = null)
    {
        ServerFixture fixture = new(configure);
        Arena arena = new(fixture, await Bystander.ConnectAsync(fixture, cancellationToken));
        arena._before.UnionWith(fixture.Server.Connections);
        return arena;
    }

    public Task<RawPeer> ConnectAsync(Purpose purpose, CancellationToken cancellationToken, byte[]? token = null) =>
        RawPeer.ConnectAsync(Fixture.Path, purpose, cancellationToken, token);

    /// <summary>The server has disconnected a peer and has written one line, which contains a text.</summary>
    public async Task DisconnectedAsync(RawPeer peer, string line, CancellationToken cancellationToken)
    {
        await peer.ClosedAsync(cancellationToken).WaitAsync(Patience, TimeProvider.System, cancellationToken);
        await IsAloneAsync(cancellationToken);
        await Fixture.LogsAsync(1, cancellationToken);
        Assert.Contains(line, Assert.Single(Fixture.Lines), StringComparison.Ordinal);
    }

    /// <summary>Waits until the healthy client's connection is the only one, and checks that it is served.</summary>
    public async Task IsAloneAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Fixture.Server.Connections.Except(_before)).WaitAsync(Patience, TimeProvider.System, cancellationToken);
        Assert.Equal(_before.Count, Fixture.Server.ConnectionCount);
        await Bystander.IsServedAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await IsAloneAsync(CancellationToken.None);
            await Bystander.DisposeAsync();
        }
        finally
        {
            await Fixture.DisposeAsync();
            _strays.Dispose();
        }
    }
}
