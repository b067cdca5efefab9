using System.Reactive.Concurrency;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.Engine.Modes;
using Conn.Engine.Operations;
using Conn.Engine.Reports;
using Conn.Engine.Sessions;
using Conn.Engine.Traces;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.Repository;
using Conn.Repository.Restores;

namespace Conn.Engine;

/// <summary>The engine: it publishes the mode, calls the owners back in the legal order, and keeps or returns what they give.</summary>
/// <remarks>
/// <para>One operation at a time; a second one is refused with the name of the holder. Everything it knows is touched only in its serial loop,
/// so every member may be called from any thread, also from a callback or an observer.</para>
/// <para>Whatever happens in an operation, the host is in Normal when its task completes.</para>
/// </remarks>
public sealed class BackupEngine : IOwnerGateway, IAsyncDisposable
{
    private readonly OwnerRegistry _owners = new();
    private readonly InProcessTransport _transport = new();
    private readonly ProgressObservers _progress = new();
    private readonly BurModeMachine _mode;
    private readonly LeaseRenewal _leases;
    private Operation? _operation;
    private bool _stopped;

    /// <summary>Starts an engine. The backup-or-restore key is defined on its bus if it is not yet, and Normal is published.</summary>
    /// <param name="options">Bus, clock, scheduler, time-outs.</param>
    /// <exception cref="ConnException">The bus does not let this identity define or write the key.</exception>
    public BackupEngine(BackupEngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Loop = new SerialLoop(options.Scheduler);
        ErrorCode defined = SystemProperties.DefineBackupRestoreKey(options.Bus);
        if (!defined.IsNone && defined != ErrorCode.AlreadyExists)
        {
            throw new ConnException(defined, "The backup-or-restore key cannot be defined; open the bus with the identity of SecureId.Engine.");
        }

        _mode = new BurModeMachine(options.Bus);
        Tracer = options.Trace is { } trace ? new OperationTracer(options.TimeProvider, () => _mode.Present, trace) : null;
        ErrorCode normal = _mode.GoNormal();
        if (!normal.IsNone)
        {
            throw new ConnException(normal, "The backup-or-restore key cannot be written; open the bus with the identity of SecureId.Engine.");
        }

        _leases = new LeaseRenewal(options.TimeProvider, Loop, _owners.RenewLeases);
        _transport.Attach(this);
    }

    /// <summary>What the engine was started with.</summary>
    public BackupEngineOptions Options { get; }

    /// <summary>The way for owners of this process to connect.</summary>
    public IActiveBackupTransport Transport => _transport;

    /// <summary>How far the present operation is. Told synchronously, in the engine's loop: be quick. An observer that throws is dropped and counted; the others hear everything.</summary>
    public IObservable<OperationProgress> Progress => _progress;

    /// <summary>How many times an observer of <see cref="Progress"/> threw.</summary>
    public int ProgressObserverFailures => _progress.Failures;

    /// <summary>How many times <see cref="BackupEngineOptions.Trace"/> threw.</summary>
    public int TraceFailures => Tracer?.Failures ?? 0;

    internal SerialLoop Loop { get; }

    /// <summary>Null when nobody wants a trace.</summary>
    internal OperationTracer? Tracer { get; }

    internal BurModeMachine Mode => _mode;

    /// <summary>In Normal no drives: an operation that is being planned has none yet for its owners.</summary>
    internal BurModeInfo ModeInfo => new(_operation is { } present && !_mode.Present.IsIdle ? present.Drives : DriveList.Empty, _mode.Present);

    /// <summary>Makes an owner known. Owners take part in the order in which they were registered.</summary>
    /// <param name="registration">The owner.</param>
    /// <returns>Completes when it is known.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.AlreadyExists"/>: its name or its id is taken. <see cref="ErrorCode.Argument"/>: its proxy managers
    /// name itself, one twice, or close a circle. <see cref="ErrorCode.InUse"/>: an operation is going on.</exception>
    public Task RegisterAsync(DataOwnerRegistration registration)
    {
        ArgumentNullException.ThrowIfNull(registration);
        return Loop.RunAsync(() =>
        {
            RefuseWhileBusy($"registering owner {registration.Name}");
            _owners.Add(new RegisteredOwner(registration, Loop));
        }, CancellationToken.None);
    }

    /// <summary>Where every registered owner stands. An owner with proxy managers is ready when all of them are.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Name, id, status and failure code, in order of registration.</returns>
    public Task<IReadOnlyList<(DataOwnerRegistration Owner, DataOwnerStatus Status, ErrorCode Code)>> OwnersAsync(CancellationToken cancellationToken) =>
        Loop.RunAsync(() => Task.FromResult<IReadOnlyList<(DataOwnerRegistration, DataOwnerStatus, ErrorCode)>>(
            [.. _owners.All.Select(o => (Owner: o, Standing: _owners.Standing(o))).Select(o => (o.Owner.Registration, o.Standing.Status, o.Standing.Code))]), cancellationToken);

    /// <summary>Backs up owners into a repository: one set, committed only when all of it was read back.</summary>
    /// <param name="request">What, and where to.</param>
    /// <param name="cancellationToken">Aborts: owners are released, the unfinished set is removed, the host goes back to Normal.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use, needs a base, no such owner.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">The repository failed; nothing was committed.</exception>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    public Task<BackupReport> BackupAsync(BackupRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Loop.RunAsync(() => RunAsync(new BackupOperation(this, request, cancellationToken)), CancellationToken.None);
    }

    /// <summary>Restores owners from a set: all Required owners, or nothing is changed.</summary>
    /// <param name="request">Which owners, from which set.</param>
    /// <param name="cancellationToken">Aborts before the commit; after it the restore is carried through.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use, no such owner in the set, refused by an owner's plan.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">The repository failed, or a needed part is damaged; nothing was changed.</exception>
    /// <remarks>A repository that fails while the restore is being decided, and cannot tell whether it is, gives a failed report: nothing is in place, what owners have
    /// prepared is kept, and the next backup or restore in place with them carries it through or removes it.</remarks>
    /// <exception cref="OperationCanceledException">Aborted; nothing was changed.</exception>
    public Task<RestoreReport> RestoreAsync(RestoreRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Loop.RunAsync(() => RunAsync(new RestoreOperation(this, request, cancellationToken)), CancellationToken.None);
    }

    /// <inheritdoc/>
    public async ValueTask<IEngineSession> AcceptAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        // Nobody takes the session when the caller gave up meanwhile; left open, it would keep the owner's place.
        return await Loop.RunAsync(() => Task.FromResult(Accept(owner, endpoint)), cancellationToken, static session => session.DisposeAsync());
    }

    /// <summary>Stops: owners are let go, the mode becomes Unset, connecting is refused. An operation that is going on must be aborted by its token first.</summary>
    /// <returns>Completes when it has stopped.</returns>
    /// <exception cref="OperationRefusedException"><see cref="OperationRefusal.InUse"/>: an operation is going on; the engine goes on as if it had not been asked.</exception>
    public async ValueTask DisposeAsync()
    {
        await Loop.RunAsync(() =>
        {
            if (_stopped)
            {
                return;
            }

            RefuseWhileBusy("stopping the engine");
            _stopped = true;
            _transport.Attach(null);
            _leases.Dispose();
            EndSessions();
            _mode.GoUnset();
        }, CancellationToken.None);
        _progress.Dispose();
    }

    internal bool Affects(RegisteredOwner owner) => _operation?.Affects(owner) ?? false;

    internal void Heard(RegisteredOwner owner) => _operation?.Heard(owner);

    /// <summary>Asks a callback nobody waits for any more to stop, off the loop, and observes its end.</summary>
    internal void Abandon(Task callback, CancellationTokenSource? cancel = null)
    {
        // Its owner was reported as hung or aborted already; what it throws later changes nothing.
        callback.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (cancel is not null)
        {
            Options.Scheduler.Schedule(() =>
            {
                try
                {
                    cancel.Cancel();
                }
                catch (AggregateException)
                {
                    // What the owner registered on the token threw: the owner has failed already, and is told apart from nobody else's failure.
                    AbandonedOwnerFailures++;
                }
            });
        }
    }

    /// <summary>How often what an owner had registered on a cancelled callback's token threw.</summary>
    public int AbandonedOwnerFailures { get; private set; }

    internal void Report(OperationProgress progress)
    {
        Tracer?.Step(progress);
        _progress.Tell(progress);
    }

    internal RegisteredOwner? Find(SecureId sid) => _owners.Find(sid);

    internal IReadOnlyList<RegisteredOwner> Select(IReadOnlyList<SecureId>? owners) => _owners.Select(owners);

    internal bool IsAll(int count) => count == _owners.All.Count;

    internal void EndSessions() => _owners.EndSessions();

    /// <summary>Rolls forward what earlier runs had decided, as far as its owners are registered here.</summary>
    internal async Task<ResumeReport> ResumeAsync(BackupRepository repository, RepositoryWriterLock writerLock, CancellationToken abort)
    {
        List<string> notes = [];
        HashSet<SecureId> failed = [];
        HashSet<SecureId> stillPending = [];
        List<(RestoreRecord, SecureId)> gone = [];
        foreach (RestoreRecord record in await repository.ListPendingRestoresAsync(abort))
        {
            HashSet<uint> pending = [.. record.Owners.Where(o => !o.Completed).Select(o => o.Sid)];
            List<RegisteredOwner> here = [.. _owners.All.Where(o => pending.Contains(o.Registration.Sid.Value))];
            notes.AddRange(record.Owners.Where(o => !o.Completed && _owners.Find(new SecureId(o.Sid)) is null)
                .Select(o => $"Owner {o.Name}: the restore of set {o.Set} is decided and not finished; name this owner in a run to roll it forward."));
            if (here.Count > 0)
            {
                Operation? outer = _operation;
                ResumeOperation resume = new(this, repository, writerLock, record, here, abort);
                _operation = resume;
                try
                {
                    ResumeReport report = await resume.RunAsync();
                    notes.AddRange(report.Notes);
                    failed.UnionWith(report.Failed);
                    stillPending.UnionWith(report.StillPending);
                    gone.AddRange(report.Gone);
                }
                finally
                {
                    _operation = outer;
                }
            }
        }

        return new ResumeReport(notes, failed, stillPending, gone);
    }

    private OwnerSession Accept(SecureId sid, IOwnerEndpoint endpoint)
    {
        if (_stopped)
        {
            throw new ConnException(ErrorCode.NotSupported, $"Owner {sid} cannot connect: this engine has stopped.");
        }

        RegisteredOwner owner = _owners.Find(sid) ?? throw new ConnException(
            ErrorCode.NotFound, $"Owner {sid} cannot connect: it is not registered with this engine. Register it first.");

        if (owner.Session is not null)
        {
            throw new ConnException(ErrorCode.InUse, $"Owner {owner.Name} ({sid}) is connected already; dispose its client before connecting another.");
        }

        OwnerSession session = new(this, owner, endpoint);
        owner.Connect(session);
        _leases.Watch(endpoint.Lease);
        _operation?.Connected(owner);
        return session;
    }

    private async Task<T> RunAsync<T>(Operation<T> operation)
    {
        RefuseWhileBusy(operation.Name);
        _operation = operation;
        try
        {
            return await operation.RunAsync();
        }
        finally
        {
            _operation = null;
        }
    }

    private void RefuseWhileBusy(string asked)
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        if (_operation is { } holder)
        {
            throw new OperationRefusedException(OperationRefusal.InUse, ErrorCode.InUse, $"{asked} is refused: the engine is in use by {holder.Name}. Try again when it has ended.");
        }
    }
}
