using Conn.Hosting.Instances;
using Conn.Hosting.Requests;
using Conn.Hosting.Telemetry;
using Conn.Ipc;
using Microsoft.Extensions.Hosting;

namespace Conn.Hosting.Serving;

/// <summary>Has the socket before anything of the instance starts, so that a second host with the same socket touches nothing, and serves it as long as the instance
/// runs: for the bus, for owners, and for requests.</summary>
internal sealed class SocketService(
    ConnInstance instance, BackupService service, IEnumerable<IRequestCheck> checks, Func<IpcServerOptions, IpcServerOptions>? configure)
    : IHostedLifecycleService, IAsyncDisposable
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LateGateway _engine = new();
    private IpcServer? _server;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        IpcServerOptions options = new()
        {
            Store = instance.Bus, Owners = _engine, Planners = instance.Planners, Requests = new RequestAnswers(instance, service, [.. checks]).AnswerAsync,
            TimeProvider = instance.Clock, Log = new PeerLog(instance.Log, instance.Clock).Write, ServeAfter = _started.Task,
        };
        _server = IpcServer.Start(configure?.Invoke(options) ?? options);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>When engine and owners of this process are there.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _engine.Engine = instance.Host.Engine;
        instance.Clients = _server!.ListClients;
        instance.Refused = _server.ListRefusedOwners;
        _started.SetResult();
        Messages.Listening(instance.Log, _server.SocketPath);
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? default;
}
