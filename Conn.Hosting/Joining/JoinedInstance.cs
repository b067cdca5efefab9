using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Hosting.Instances;
using Conn.Hosting.Telemetry;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Conn.Hosting.Joining;

/// <summary>The parts of one instance that joins a daemon. Bus, engine and repository are the daemon's; here are the owners.</summary>
/// <remarks>Owners and monitor follow a local copy of the mode, which outlives every connection. So an owner is never asked for data before the monitor knows
/// the mode.</remarks>
internal sealed class JoinedInstance : IHostedLifecycleService, IAsyncDisposable
{
    private readonly string _name;
    private readonly IReadOnlyList<OwnerEntry> _entries;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly PropertyStore _modes;
    private readonly PropertyClient _publisher;
    private readonly List<AsyncServiceScope> _scopes = [];
    private readonly List<JoinedOwner> _owners = [];
    private readonly CancellationTokenSource _stop = new();
    private volatile DaemonLink? _link;
    private Task _linked = Task.CompletedTask;
    private Task? _left;
    private Task? _closed;

    public JoinedInstance(string name, IReadOnlyList<OwnerEntry> entries, IServiceProvider services)
    {
        _name = name;
        _entries = entries;
        _services = services;
        _clock = services.GetRequiredService<TimeProvider>();
        _log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Conn.Hosting");
        _modes = new PropertyStore(new PropertyStoreOptions { ObserverFailed = e => Messages.ObserverFailed(_log, e) });
        _publisher = _modes.Open(SecureId.Engine);
        _publisher.TryDefine(SystemProperties.BackupRestoreKey, SystemProperties.BackupRestoreDefinition);
        Monitor = new BurModeMonitor(_modes, isUnsetUnknown: true);
    }

    public BurModeMonitor Monitor { get; }

    /// <summary>Gets how the program stands with the daemon, and the sentence for it. Any thread.</summary>
    public (DaemonState State, string Reason) Daemon => _link?.Now ?? (DaemonState.Off, "The host has not started.");

    /// <summary>Gets what this program knows of its owners.</summary>
    /// <exception cref="InvalidOperationException">The host has not started, or has stopped.</exception>
    public IReadOnlyList<OwnerStatus> Owners => Daemon.State != DaemonState.Off ? [.. _owners.Select(static o => o.Status)]
        : throw new InvalidOperationException($"Conn{(_name.Length == 0 ? "" : $" '{_name}'")} is not running: the host has not started yet, or has stopped.");

    /// <summary>Gets where the daemon is.</summary>
    public IpcClientOptions Socket { get; private set; } = new();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Makes the owners and begins to connect. The daemon need not be there yet.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ConnOptions options = _services.GetRequiredService<IOptionsMonitor<ConnOptions>>().Get(_name);
        IpcClientOptions daemon = Socket = new IpcClientOptions
        {
            SocketPath = options.DaemonSocket, TimeProvider = _clock, ObserverFailed = e => Messages.ObserverFailed(_log, e),
        };
        try
        {
            foreach (OwnerEntry entry in _entries)
            {
                AsyncServiceScope scope = _services.CreateAsyncScope();
                _scopes.Add(scope);
                (IActiveBackupDataClient owner, DataOwnerRegistration registration) = entry.MakeIn(scope.ServiceProvider);
                _owners.Add(new JoinedOwner(owner, registration));
            }

            IpcOwnerTransport transport = new(daemon);
            foreach (JoinedOwner owner in _owners)
            {
                owner.LeaveOut(_owners);
                owner.Join(_modes, transport, new ActiveBackupClientOptions
                {
                    Name = owner.Name, TimeProvider = _clock, Lease = options.Lease, OnError = e => OwnerFailed(owner.Name, e),
                });
            }
        }
        catch
        {
            await CloseAsync();
            throw;
        }

        _link = new DaemonLink(daemon, _owners, m => _publisher.TrySet(SystemProperties.BackupRestoreKey, m.ToValue()), _clock, _log);
        _linked = _link.RunAsync(_stop.Token);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>First the owners leave the operation that runs: they may need services that stop next.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => WithinAsync(LeaveAsync(), cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_link is not null)
        {
            await WithinAsync(CloseAsync(), cancellationToken);
            Messages.Stopped(_log);
        }
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _modes.Dispose();
    }

    private Task LeaveAsync() => _left ??= LeaveOnceAsync();

    /// <summary>Participants first, while the daemon can still hear that they leave; then the connection. Bounded by both.</summary>
    private async Task LeaveOnceAsync()
    {
        await Task.WhenAll(_owners.Select(static o => o.LeaveAsync()));
        await _stop.CancelAsync();
        await _linked;
    }

    private Task CloseAsync() => _closed ??= CloseOnceAsync();

    private async Task CloseOnceAsync()
    {
        await LeaveAsync();
        foreach (JoinedOwner owner in Enumerable.Reverse(_owners))
        {
            await owner.DisposeAsync();
        }

        foreach (AsyncServiceScope scope in Enumerable.Reverse(_scopes))
        {
            await scope.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task WithinAsync(Task stopping, CancellationToken cancellationToken)
    {
        try
        {
            await stopping.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Messages.LeaveTooSlow(_log);
        }
    }

    private void OwnerFailed(string owner, Exception thrown)
    {
        if (thrown is OwnerLeftOutException || (thrown is ConnException { Code: var code } && (code == ErrorCode.ServerTerminated || code == ErrorCode.NotFound)))
        {
            Messages.OwnerNotTaken(_log, owner, thrown.Message);
        }
        else
        {
            Messages.OwnerThrew(_log, owner, thrown);
        }
    }
}
