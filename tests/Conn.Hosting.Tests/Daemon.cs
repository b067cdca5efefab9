using Conn.ActiveBackup;
using Conn.Engine;
using Conn.Ipc;
using Conn.Repository;

namespace Conn.Hosting.Tests;

/// <summary>What the process of a daemon holds: bus, engine, repository, and a server on a real socket.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private readonly ConnHost _host;
    private readonly BackupRepository _repository;
    private readonly IpcServer _server;

    private Daemon(ConnHost host, BackupRepository repository, IpcServer server) => (_host, _repository, _server) = (host, repository, server);

    /// <summary>Starts it at a place, with the owners of other processes that its configuration would name.</summary>
    public static async Task<Daemon> StartAsync(Place place, params DataOwnerRegistration[] owners)
    {
        ConnHost host = await ConnHost.StartAsync();
        BackupRepository repository = await BackupRepository.OpenOrCreateAsync(place.Repository);
        foreach (DataOwnerRegistration owner in owners)
        {
            await host.Engine.RegisterAsync(owner);
        }

        return new Daemon(host, repository, IpcServer.Start(new IpcServerOptions { SocketPath = place.Socket, Store = host.Bus, Owners = host.Engine }));
    }

    public Task<BackupReport> BackupAsync(CancellationToken cancellationToken) => _host.BackupAsync(_repository, cancellationToken);

    public Task<RestoreReport> RestoreAsync(CancellationToken cancellationToken) => _host.RestoreAsync(_repository, cancellationToken);

    /// <summary>Closes every connection, as the end of the process does. The engine finds out by itself.</summary>
    public ValueTask DisconnectAsync() => _server.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _host.DisposeAsync();
        await _repository.DisposeAsync();
    }
}
