using System.Collections.Concurrent;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Storage;
using Conn.Testing.Storage;
using Xunit;

namespace Conn.Engine.Tests;

/// <summary>A host on real threads: the engine has its own thread, owners are called on the thread pool.</summary>
internal sealed class RealHost : IAsyncDisposable
{
    private readonly List<DataOwnerParticipant> _participants = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly PropertyStore _store;
    private Task _operation = Task.CompletedTask;
    private uint _owners;
    private bool _stopped;

    private RealHost(PropertyStore store, EventLog<Exception> errors, BackupEngine engine)
    {
        _store = store;
        EngineErrors = errors;
        Engine = engine;
        Clock = Engine.Options.TimeProvider;
    }

    public BackupEngine Engine { get; }

    public TimeProvider Clock { get; }

    public TearingStorage Storage { get; } = new();

    public BackupRepository Repository { get; private set; } = null!;

    /// <summary>What the engine reported to its error handler.</summary>
    public EventLog<Exception> EngineErrors { get; }

    /// <summary>What the participants reported to their error handlers.</summary>
    public ConcurrentQueue<Exception> OwnerErrors { get; } = new();

    /// <summary>The mode as it is published.</summary>
    public BurMode Mode
    {
        get
        {
            _ = OpenBus(new SecureId(0x20000000)).TryGet(SystemProperties.BackupRestoreKey, out int value);
            return BurMode.FromValue(value);
        }
    }

    public static async Task<RealHost> StartAsync(Func<BackupEngineOptions, BackupEngineOptions>? configure = null, int sectionBytes = 64 << 10,
        int workers = 0, IRepositoryStorage? storage = null)
    {
        PropertyStore store = new();
        EventLog<Exception> errors = new();
        BackupEngineOptions options = new() { Bus = store.Open(SecureId.Engine), OnError = errors.Add };
        RealHost host = new(store, errors, await BackupEngine.StartAsync(configure is null ? options : configure(options)));
        RepositoryOptions repository = new() { Workers = workers, SectionBytes = sectionBytes, TimeProvider = host.Clock };
        host.Repository = await BackupRepository.CreateAsync(storage ?? host.Storage, repository, CancellationToken.None);
        return host;
    }

    public PropertyClient OpenBus(SecureId sid) => _store.Open(sid);

    /// <summary>Adds an owner that follows the mode by itself.</summary>
    public async Task<SecureId> AddAsync(string name, IActiveBackupDataClient? owner, Func<DataOwnerRegistration, DataOwnerRegistration>? register = null,
        Func<DataOwnerParticipantOptions, DataOwnerParticipantOptions>? participate = null)
    {
        DataOwnerRegistration registration = Registration(name, register);
        DataOwnerParticipantOptions options = new() { Client = ClientOptions(name) };
        DataOwnerParticipant participant = new(
            OpenBus(registration.Sid), Engine.Transport, registration.Sid, owner, participate is null ? options : participate(options));
        _participants.Add(participant);
        await Engine.RegisterAsync(registration, participant.Planner);
        return registration.Sid;
    }

    /// <summary>Adds an owner that is connected by hand and ready.</summary>
    public async Task<ActiveBackupClient> ConnectReadyAsync(string name, IActiveBackupDataClient? owner,
        Func<DataOwnerRegistration, DataOwnerRegistration>? register = null, Func<ActiveBackupClientOptions, ActiveBackupClientOptions>? change = null)
    {
        DataOwnerRegistration registration = Registration(name, register);
        await Engine.RegisterAsync(registration);
        ActiveBackupClientOptions options = ClientOptions(name);
        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(
            Engine.Transport, registration.Sid, owner, change is null ? options : change(options), CancellationToken.None);
        await client.ConfirmReadyForBurAsync(ErrorCode.Success, CancellationToken.None);
        return client;
    }

    public ActiveBackupClientOptions ClientOptions(string name) => new() { Name = name, TimeProvider = Clock, OnError = OwnerErrors.Enqueue };

    public Task<BackupReport> BackupAsync(Func<BackupRequest, BackupRequest>? change = null) => BackupUntilAsync(_closing.Token, change);

    public Task<BackupReport> BackupUntilAsync(CancellationToken abort, Func<BackupRequest, BackupRequest>? change = null)
    {
        BackupRequest request = new() { Repository = Repository };
        Task<BackupReport> running = Engine.BackupAsync(change is null ? request : change(request), abort);
        _operation = running;
        return running;
    }

    /// <summary>Restores the newest set.</summary>
    public Task<RestoreReport> RestoreAsync(Func<RestoreRequest, RestoreRequest>? change = null) => RestoreUntilAsync(_closing.Token, change);

    public async Task<RestoreReport> RestoreUntilAsync(CancellationToken abort, Func<RestoreRequest, RestoreRequest>? change = null)
    {
        RestoreRequest request = new() { Repository = Repository, Set = await Repository.NewestAsync() };
        Task<RestoreReport> running = Engine.RestoreAsync(change is null ? request : change(request), abort);
        _operation = running;
        return await running;
    }

    /// <summary>Asserts that the engine's loop goes on.</summary>
    public async Task AssertAnswersAsync()
    {
        IReadOnlyList<OwnerStanding> owners = await Engine.OwnersAsync(CancellationToken.None).Within("the engine answers");
        Assert.NotEmpty(owners);
    }

    /// <summary>Aborts an operation that a failed test has left, and stops everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _operation.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
            .Within("an operation that a failed test has left ends");
        foreach (DataOwnerParticipant participant in _participants)
        {
            await participant.DisposeAsync();
        }

        await StopEngineAsync();
        await Repository.DisposeAsync();
        _store.Dispose();
        _closing.Dispose();
    }

    /// <summary>Disposes the engine once, now or at the end.</summary>
    public async Task StopEngineAsync()
    {
        if (!_stopped)
        {
            _stopped = true;
            await Engine.DisposeAsync().Within("the engine stops");
        }
    }

    private DataOwnerRegistration Registration(string name, Func<DataOwnerRegistration, DataOwnerRegistration>? register)
    {
        DataOwnerRegistration registration = new(name, new SecureId(0x30000000 + ++_owners));
        return register is null ? registration : register(registration);
    }
}
