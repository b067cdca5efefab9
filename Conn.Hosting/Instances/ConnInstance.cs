using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.Hosting.Telemetry;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Conn.Hosting.Instances;

/// <summary>The parts of one instance: the bus as long as the container, engine, owners and repository from start to stop.</summary>
internal sealed class ConnInstance : IAsyncDisposable
{
    private readonly IReadOnlyList<OwnerEntry> _owners;
    private readonly IServiceProvider _services;
    private readonly List<AsyncServiceScope> _scopes = [];
    private readonly Lazy<ConnOptions> _options;
    private readonly HashSet<SecureId> _local = [];
    private ConnHost? _host;
    private BackupRepository? _repository;
    private DataOwnerRegistration[] _registered = [];

    public ConnInstance(string name, IReadOnlyList<OwnerEntry> owners, IServiceProvider services)
    {
        Name = name;
        _owners = owners;
        _services = services;
        // A faulty member is reported by the check at the start of the host, not by whoever asks for the bus first.
        _options = new Lazy<ConnOptions>(() => services.GetRequiredService<IOptionsMonitor<ConnOptions>>().Get(name));
        Clock = services.GetRequiredService<TimeProvider>();
        Log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Conn.Hosting");
        Bus = new PropertyStore(new PropertyStoreOptions { ObserverFailed = e => Messages.ObserverFailed(Log, e) });
        Monitor = new BurModeMonitor(Bus);
    }

    /// <summary>Gets the ways to ask the owners of other processes outside of operations.</summary>
    public IpcPlanners Planners { get; } = new();

    public string Name { get; }

    /// <summary>Gets the options as they were at the start.</summary>
    public ConnOptions Options => _options.Value;

    /// <summary>Gets the options as they are now, and says when they change: the schedule follows them.</summary>
    public IOptionsMonitor<ConnOptions> OptionsNow => _services.GetRequiredService<IOptionsMonitor<ConnOptions>>();

    public TimeProvider Clock { get; }

    public ILogger Log { get; }

    public PropertyStore Bus { get; }

    public BurModeMonitor Monitor { get; }

    /// <summary>Gets when each owner was last backed up well, by name.</summary>
    public LastGoodSets LastGood { get; } = new();

    /// <exception cref="InvalidOperationException">The host has not started, or has stopped.</exception>
    public ConnHost Host => _host ?? throw NotRunning();

    /// <exception cref="InvalidOperationException">The host has not started, or has stopped.</exception>
    public BackupRepository Repository => _repository ?? throw NotRunning();

    /// <summary>Gets or sets what lists the clients of the socket.</summary>
    public Func<IReadOnlyList<IpcClientInfo>> Clients { get; set; } = static () => [];

    /// <summary>Gets or sets what lists the owners that the socket refuses.</summary>
    public Func<IReadOnlyList<IpcRefusedOwner>> Refused { get; set; } = static () => [];

    public bool IsRunning => _host is not null;

    /// <summary>Gets how long ago each owner was backed up well; TimeSpan.MaxValue for never.</summary>
    public IEnumerable<OwnerAge> Ages() => _registered.Select(o => new OwnerAge(
        o.Name, o.Policy, LastGood.Of(o.Sid.Value) is { } set ? Clock.GetUtcNow() - set.Time : TimeSpan.MaxValue));

    /// <summary>Says where an owner runs.</summary>
    public string WhereIs(DataOwnerRegistration owner) => _local.Contains(owner.Sid) ? "this host"
        : string.Join(", ", Clients().Where(c => c.SecureId == owner.Sid).Select(static c => $"{c.Peer}").Distinct());

    /// <summary>Opens the repository and starts engine and owners; what was started is stopped again when something fails.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            RepositoryOptions storage = new() { TimeProvider = Clock, Key = Options.RepositoryKey, StateFolder = Options.StateFolder };
            _repository = Options.CreateRepository
                ? await BackupRepository.OpenOrCreateAsync(Options.Repository, storage, cancellationToken)
                : await BackupRepository.OpenAsync(Options.Repository, storage, cancellationToken);
            ConnHost host = await ConnHost.StartAsync(o => o with
            {
                TimeProvider = Clock, NoProgressTimeout = Options.NoProgressTimeout, ReadinessTimeout = Options.ReadinessTimeout,
                OnError = e => Messages.EngineFault(Log, e),
            }, Bus, cancellationToken);
            _host = host;
            foreach (OwnerEntry owner in _owners)
            {
                await AddAsync(host, owner);
            }

            // Before the application writes: a restore that was cut off is completed first.
            foreach (string note in (await host.ResumeAsync(_repository, cancellationToken)).Notes)
            {
                Messages.Resumed(Log, note);
            }

            LastGood.Learn(await _repository.ListSetsAsync(cancellationToken));
        }
        catch
        {
            await StopAsync();
            throw;
        }
    }

    /// <summary>Says that it runs: when the whole host has started.</summary>
    public void SayStarted() => Messages.Started(Log, _owners.Count, Repository.RepositoryId, Options.Repository);

    /// <summary>Stops engine and owners. No operation may be running.</summary>
    public async Task StopAsync()
    {
        (ConnHost? host, BackupRepository? repository) = (_host, _repository);
        (_host, _repository) = (null, null);
        await (host?.DisposeAsync() ?? default);
        await (repository?.DisposeAsync() ?? default);
        foreach (AsyncServiceScope scope in Enumerable.Reverse(_scopes))
        {
            await scope.DisposeAsync();
        }

        _scopes.Clear();
        _local.Clear();
        _registered = [];
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Bus.Dispose();
    }

    private async Task AddAsync(ConnHost host, OwnerEntry entry)
    {
        if (entry.Make is null)
        {
            await host.Engine.RegisterAsync(entry.Registration!, Planners.Of(entry.Registration!.Sid), Planners.PlacesOf(entry.Registration!.Sid));
            _registered = [.. _registered, entry.Registration!];
            return;
        }

        AsyncServiceScope scope = _services.CreateAsyncScope();
        _scopes.Add(scope);
        (IActiveBackupDataClient owner, DataOwnerRegistration registration) = entry.MakeIn(scope.ServiceProvider);
        _local.Add(registration.Sid);
        await host.AddAsync(registration, owner, new DataOwnerParticipantOptions
        {
            Client = new ActiveBackupClientOptions
            {
                Name = registration.Name, TimeProvider = Clock, Lease = Options.Lease, OnError = e => Messages.OwnerThrew(Log, registration.Name, e),
            },
        });
        _registered = [.. _registered, registration];
    }

    private InvalidOperationException NotRunning() => new(
        $"Conn{(Name.Length == 0 ? "" : $" '{Name}'")} is not running: the host has not started yet, or has stopped.");
}
