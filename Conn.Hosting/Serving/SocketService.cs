using Conn.Hosting.Instances;
using Conn.Hosting.Requests;
using Conn.Hosting.Telemetry;
using Conn.Ipc;
using Microsoft.Extensions.Hosting;

namespace Conn.Hosting.Serving;

/// <summary>Listens on a socket as long as the instance runs: for the bus, for owners, and for requests.</summary>
internal sealed class SocketService(
    ConnInstance instance, BackupService service, IEnumerable<IRequestCheck> checks, Func<IpcServerOptions, IpcServerOptions>? configure) : IHostedLifecycleService
{
    private IpcServer? _server;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>When engine and owners of this process are there.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        IpcServerOptions options = new()
        {
            Store = instance.Bus, Owners = instance.Host.Engine, Planners = instance.Planners, Requests = new RequestAnswers(instance, service, [.. checks]).AnswerAsync, TimeProvider = instance.Clock,
            Log = line => Messages.Peer(instance.Log, line),
        };
        _server = IpcServer.Start(configure?.Invoke(options) ?? options);
        instance.Clients = _server.ListClients;
        instance.Refused = _server.ListRefusedOwners;
        Messages.Listening(instance.Log, _server.SocketPath);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await (_server?.DisposeAsync() ?? default);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
