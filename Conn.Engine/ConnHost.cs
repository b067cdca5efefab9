using System.Runtime.CompilerServices;
using Conn.ActiveBackup;
using Conn.ActiveBackup.Client;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Sets;

namespace Conn.Engine;

/// <summary>Represents a whole host in this process: state bus, engine, and data owners that follow the mode.</summary>
/// <remarks>Safe for several threads. Add and remove owners between operations; one operation at a time.</remarks>
public sealed class ConnHost : IAsyncDisposable
{
    /// <summary>The host of each owner: an owner's state is that of one operation at a time.</summary>
    private static readonly ConditionalWeakTable<IActiveBackupDataClient, ConnHost> Hosts = [];
    private readonly Dictionary<SecureId, Member> _members = [];
    private readonly List<SecureId> _order = [];
    private readonly Lock _lock = new(); // guards both
    private readonly bool _ownsBus;
    private volatile bool _disposed;

    private ConnHost(PropertyStore bus, bool ownsBus, BackupEngine engine)
    {
        Bus = bus;
        _ownsBus = ownsBus;
        Engine = engine;
    }

    /// <summary>Gets the state bus, on which the mode is published.</summary>
    public PropertyStore Bus { get; }

    /// <summary>Gets the engine. <see cref="BackupEngine.Progress"/> tells how far an operation has come.</summary>
    public BackupEngine Engine { get; }

    /// <summary>Starts a host without owners.</summary>
    /// <param name="configure">Changes the options of the engine; null for the defaults.</param>
    /// <param name="bus">The state bus, which stays the caller's; null, the default, for one of its own.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The host, in the mode Normal.</returns>
    /// <exception cref="ArgumentException">A member of the options is out of its range.</exception>
    /// <exception cref="ConnException"><see cref="ErrorCode.InUse"/>: another engine runs on the bus.</exception>
    public static async Task<ConnHost> StartAsync(
        Func<BackupEngineOptions, BackupEngineOptions>? configure = null, PropertyStore? bus = null, CancellationToken cancellationToken = default)
    {
        PropertyStore store = bus ?? new PropertyStore();
        try
        {
            BackupEngineOptions options = new() { Bus = store.Open(SecureId.Engine) };
            return new ConnHost(store, bus is null, await BackupEngine.StartAsync(configure?.Invoke(options) ?? options, cancellationToken));
        }
        catch when (bus is null)
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Adds an owner as its <see cref="DataOwner.Registration"/> says: registers it, lets it follow the mode, and connects its progress reports.</summary>
    /// <param name="owner">The owner. The host disposes it with itself, if it can be disposed.</param>
    /// <param name="options">How it takes part, for example what it does to get ready; null for the defaults.</param>
    /// <returns>Its participant; the host disposes it.</returns>
    /// <exception cref="ConnException">Argument: a member of the registration is out of its range. AlreadyExists: its name or its id is taken. InUse: this
    /// owner object is in a host already.</exception>
    /// <exception cref="OperationRefusedException">InUse: an operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The host is disposed.</exception>
    public Task<DataOwnerParticipant> AddAsync(DataOwner owner, DataOwnerParticipantOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return AddAsync(owner.Registration, owner, options);
    }

    /// <summary>Adds an owner with a registration of the caller's choice.</summary>
    /// <param name="registration">The registration.</param>
    /// <param name="owner">The callbacks, or null for an owner that is only quiet during operations. The host disposes them with itself, if they can be
    /// disposed.</param>
    /// <param name="options">How it takes part; null for the defaults.</param>
    /// <returns>Its participant; the host disposes it.</returns>
    /// <exception cref="ConnException">Argument: a member of the registration is out of its range. AlreadyExists: its name or its id is taken. InUse: this
    /// owner object is in a host already.</exception>
    /// <exception cref="OperationRefusedException">InUse: an operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The host is disposed.</exception>
    public async Task<DataOwnerParticipant> AddAsync(
        DataOwnerRegistration registration, IActiveBackupDataClient? owner, DataOwnerParticipantOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(registration);
        ObjectDisposedException.ThrowIf(_disposed, this);
        SecureId sid = registration.Sid;
        if (owner is not null && !Hosts.TryAdd(owner, this))
        {
            throw new ConnException(ErrorCode.InUse, $"The owner object {registration.Name} is in a host already. Make another object for each host and name.");
        }

        DataOwnerParticipant participant = new(Bus.Open(Bus.MintIdentity(sid)), Engine.Transport, sid, owner, Participation(registration, owner, options));
        try
        {
            await Engine.RegisterAsync(registration, participant.Planner, owner as IOwnedPlaces);
        }
        catch
        {
            await participant.DisposeAsync();
            _ = owner is not null && Hosts.Remove(owner);
            throw;
        }

        if (owner is DataOwner reporting)
        {
            reporting.Progress = participant.ReportProgress;
        }

        lock (_lock)
        {
            _members.Add(sid, new Member(participant, owner));
            _order.Add(sid);
        }

        return participant;
    }

    /// <summary>Removes an owner, and disposes it and its participant.</summary>
    /// <param name="sid">Its id; <see cref="DataOwnerRegistration.SidOf"/> gives that of a name.</param>
    /// <returns>Completes when it is disposed.</returns>
    /// <exception cref="ConnException">NotFound: no such owner.</exception>
    /// <exception cref="OperationRefusedException">InUse: an operation is running.</exception>
    public async Task RemoveAsync(SecureId sid)
    {
        await Engine.UnregisterAsync(sid);
        Member? member;
        lock (_lock)
        {
            _members.Remove(sid, out member);
            _order.Remove(sid);
        }

        await (member?.DisposeAsync() ?? default);
    }

    /// <summary>Settles the restores that an earlier process committed and did not finish. Call it when all owners are added and before anything writes to
    /// their data.</summary>
    /// <param name="repository">Where the restores were recorded.</param>
    /// <param name="cancellationToken">Aborts: what is not in place yet is left for the next run.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use.</exception>
    /// <exception cref="RepositoryException">The repository failed.</exception>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    public Task<ResumeReport> ResumeAsync(BackupRepository repository, CancellationToken cancellationToken = default) =>
        Engine.ResumeAsync(repository, cancellationToken);

    /// <summary>Backs up every owner: an increment where the repository holds a usable snapshot of it, else a base.</summary>
    /// <param name="repository">Where the set goes.</param>
    /// <param name="cancellationToken">Aborts.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use, or no owner.</exception>
    /// <exception cref="RepositoryException">The repository failed; see <see cref="BackupEngine.BackupAsync"/>.</exception>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    public Task<BackupReport> BackupAsync(BackupRepository repository, CancellationToken cancellationToken = default) =>
        Engine.BackupAsync(new BackupRequest { Repository = repository }, cancellationToken);

    /// <summary>Restores every owner in place from the newest set that holds all Required ones: all of them, or nothing changes.</summary>
    /// <param name="repository">Where the sets are.</param>
    /// <param name="cancellationToken">Aborts before the commit; after it the restore is carried through.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use, refused by an owner's plan, or data of another source.</exception>
    /// <exception cref="RepositoryException">NoSuchSet: no set holds all of them; the message names the newest set of each. Else the repository failed, and nothing
    /// has changed.</exception>
    /// <exception cref="OperationCanceledException">Aborted; nothing has changed.</exception>
    public async Task<RestoreReport> RestoreAsync(BackupRepository repository, CancellationToken cancellationToken = default) =>
        await Engine.RestoreAsync(
            new RestoreRequest { Repository = repository, Set = await FindNewestSetAsync(repository, cancellationToken) }, cancellationToken);

    /// <summary>Finds the newest set that holds all Required owners.</summary>
    /// <param name="repository">Where the sets are.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The set.</returns>
    /// <exception cref="RepositoryException">NoSuchSet: no set holds all of them; the message names the newest set of each. Else the repository
    /// failed.</exception>
    public async Task<BackupSet> FindNewestSetAsync(BackupRepository repository, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        List<DataOwnerRegistration> wanted = [.. (await Engine.OwnersAsync(cancellationToken)).Select(static o => o.Registration)
            .Where(static r => r.Policy == OwnerPolicy.Required && r.ActiveType != ActiveType.ProxyOnly)];
        SetList sets = await repository.ListSetsAsync(cancellationToken);
        if (sets.Count == 0 && sets.Problems.Count == 0)
        {
            throw new RepositoryException(RepositoryFailure.NoSuchSet, $"There is no backup yet in the repository at {repository.Storage.Place}; back up first.");
        }

        return sets.FindNewest([.. wanted.Select(static r => r.Sid.Value)]) ?? throw NoSet(sets, wanted);
    }

    /// <summary>Disposes participants, owners, engine and bus. An operation that is running is aborted and waited for first, as
    /// <see cref="BackupEngine.DisposeAsync"/> says.</summary>
    /// <returns>Completes when everything is disposed.</returns>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;

        // First: it ends the operation that runs.
        await Engine.DisposeAsync();
        List<Member> members;
        lock (_lock)
        {
            members = [.. Enumerable.Reverse(_order).Select(sid => _members[sid])];
            _members.Clear();
            _order.Clear();
        }

        foreach (Member member in members)
        {
            await member.DisposeAsync();
        }

        if (_ownsBus)
        {
            Bus.Dispose();
        }
    }

    private static RepositoryException NoSet(SetList sets, List<DataOwnerRegistration> wanted)
    {
        IEnumerable<string> each = wanted.Select(r => sets.FindNewest([r.Sid.Value]) is { } set ? $"{r.Name} in {set.Id}" : $"{r.Name} in none");
        return new RepositoryException(RepositoryFailure.NoSuchSet,
            $"No set holds all of these owners; the newest sets are: {string.Join(", ", each)}. Restore them one by one, or choose a set.");
    }

    private DataOwnerParticipantOptions Participation(
        DataOwnerRegistration registration, IActiveBackupDataClient? owner, DataOwnerParticipantOptions? options)
    {
        if (options is null)
        {
            ActiveBackupClientOptions client = new() { Name = registration.Name, TimeProvider = Engine.Options.TimeProvider };
            options = new DataOwnerParticipantOptions { Client = Engine.Options.Scheduler is { } scheduler ? client with { Scheduler = scheduler } : client };
        }

        return options with
        {
            Client = options.Client with { OnError = options.Client.OnError ?? Engine.Options.OnError },
            PrepareAsync = options.PrepareAsync ?? (owner is IOperationFollower follower ? follower.FollowAsync : null),
        };
    }

    private sealed record Member(DataOwnerParticipant Participant, IActiveBackupDataClient? Owner) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Participant.DisposeAsync();
            _ = Owner is not null && Hosts.Remove(Owner);
            if (Owner is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync();
            }
            else
            {
                (Owner as IDisposable)?.Dispose();
            }
        }
    }
}
