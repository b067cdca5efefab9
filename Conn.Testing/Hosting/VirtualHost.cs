using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Testing.Owners;
using Conn.Testing.Storage;
using Conn.Testing.Time;

namespace Conn.Testing.Hosting;

/// <summary>A whole host in virtual time: bus, engine, owners that follow the mode, and a repository on a storage that can lose power.</summary>
/// <remarks>Everything runs on the pump of its <see cref="VirtualTime"/>; a minute's time-out passes in no time, and the same scenario gives the same
/// trace.</remarks>
public sealed class VirtualHost : IAsyncDisposable
{
    private readonly List<DataOwnerParticipant> _participants = [];
    private readonly List<IDisposable> _subscriptions = [];
    private readonly List<BurMode> _modes = [];
    private readonly List<OperationProgress> _progress = [];
    private readonly List<Exception> _participantErrors = [];
    private readonly PropertyStore _store;
    private BackupRepository? _repository;

    private VirtualHost(VirtualTime time, PropertyStore store, BackupEngine engine)
    {
        Time = time;
        Trace = new CallbackTrace(time);
        _store = store;
        Engine = engine;
        PropertyClient watcher = _store.Open(new SecureId(0x20000000));
        _subscriptions.Add(watcher.ObserveBurMode(ObserveOptions.Inline).Subscribe(m =>
        {
            _modes.Add(m);
            Trace.Add("host", $"mode {m}");
        }));
        _subscriptions.Add(Engine.Progress.Subscribe(_progress.Add));
    }

    /// <summary>The clock.</summary>
    public VirtualTime Time { get; }

    /// <summary>What happened, in order.</summary>
    public CallbackTrace Trace { get; }

    /// <summary>The engine.</summary>
    public BackupEngine Engine { get; }

    /// <summary>Where the repository is; it can lose power, tear writes and fill up.</summary>
    public TearingStorage Storage { get; } = new();

    /// <summary>The repository, created at the first use.</summary>
    public BackupRepository Repository => _repository ?? throw new InvalidOperationException("Start the host with StartAsync.");

    /// <summary>Every mode published so far, the first one included.</summary>
    public IReadOnlyList<BurMode> Modes => _modes;

    /// <summary>Every step reported so far.</summary>
    public IReadOnlyList<OperationProgress> Steps => _progress;

    /// <summary>What owners' participants ran into.</summary>
    public IReadOnlyList<Exception> ParticipantErrors => _participantErrors;

    /// <summary>Starts a host.</summary>
    /// <param name="time">The virtual time it lives in.</param>
    /// <param name="configure">Changes the engine's options; or null.</param>
    /// <param name="sectionBytes">The size of the sections that owners are offered, in bytes; 1 to 1 MiB, default 64 KiB.</param>
    /// <returns>The host, in Normal.</returns>
    public static async Task<VirtualHost> StartAsync(VirtualTime time, Func<BackupEngineOptions, BackupEngineOptions>? configure = null, int sectionBytes = 64 << 10)
    {
        ArgumentNullException.ThrowIfNull(time);
        PropertyStore store = new(new PropertyStoreOptions { Scheduler = time.Scheduler });
        BackupEngineOptions options = new() { Bus = store.Open(SecureId.Engine), TimeProvider = time.Clock, Scheduler = time.Scheduler };
        VirtualHost host = new(time, store, await BackupEngine.StartAsync(configure is null ? options : configure(options)));
        host._repository = await BackupRepository.CreateAsync(host.Storage,
            new RepositoryOptions { Workers = 0, TimeProvider = time.Clock, Random = new Random(1), SectionBytes = sectionBytes }, CancellationToken.None);
        return host;
    }

    /// <summary>Adds an owner that follows the mode by itself.</summary>
    /// <param name="name">Its name; its id follows from the order in which owners are added.</param>
    /// <param name="client">Its callbacks, or null for an owner without.</param>
    /// <param name="register">Changes its registration; or null.</param>
    /// <param name="participate">Changes how it takes part; or null.</param>
    /// <returns>Its id.</returns>
    public async Task<SecureId> AddAsync(string name, IActiveBackupDataClient? client, Func<DataOwnerRegistration, DataOwnerRegistration>? register = null,
        Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions>? participate = null)
    {
        DataOwnerRegistration registration = await RegistrationAsync(name, register);
        SecureId sid = registration.Sid;
        DataOwnerParticipantOptions options = new() { Client = ClientOptions(name) with { OnError = _participantErrors.Add } };
        DataOwnerParticipant participant = new(OpenBus(sid), Engine.Transport, sid, client, participate is null ? options : participate(options));
        _participants.Add(participant);
        await Engine.RegisterAsync(registration, participant.Planner);
        return sid;
    }

    /// <summary>Registers an owner that is connected by hand.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="register">Changes its registration; or null.</param>
    /// <returns>Its id.</returns>
    public async Task<SecureId> RegisterAsync(string name, Func<DataOwnerRegistration, DataOwnerRegistration>? register = null)
    {
        DataOwnerRegistration registration = await RegistrationAsync(name, register);
        await Engine.RegisterAsync(registration);
        return registration.Sid;
    }

    /// <summary>A client of the bus under an owner's own identity.</summary>
    /// <param name="sid">The owner's id.</param>
    /// <returns>The client.</returns>
    public PropertyClient OpenBus(SecureId sid) => _store.Open(sid);

    /// <summary>Client options on this host's clock and scheduler.</summary>
    /// <param name="name">The owner's name in refusals.</param>
    /// <returns>The options.</returns>
    public ActiveBackupClientOptions ClientOptions(string name) => new() { Scheduler = Time.Scheduler, TimeProvider = Time.Clock, Name = name };

    private async Task<DataOwnerRegistration> RegistrationAsync(string name, Func<DataOwnerRegistration, DataOwnerRegistration>? register)
    {
        int owners = (await Engine.OwnersAsync(CancellationToken.None)).Count;
        DataOwnerRegistration registration = new(name, new SecureId(0x30000001u + (uint)owners));
        return register is null ? registration : register(registration);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (DataOwnerParticipant participant in _participants)
        {
            await participant.DisposeAsync();
        }

        _subscriptions.ForEach(s => s.Dispose());
        await Engine.DisposeAsync();
        if (_repository is not null)
        {
            await _repository.DisposeAsync();
        }

        _store.Dispose();
    }
}
