using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Timing;
using Conn.Engine.Loop;
using Conn.Engine.Modes;
using Conn.Engine.Operations;
using Conn.Engine.Owners;
using Conn.Engine.Reports;
using Conn.Engine.Traces;
using Conn.PubSub.Security;
using Conn.Repository;

namespace Conn.Engine;

/// <summary>The engine: it publishes the mode, calls the owners back in the legal order, and stores or gives back their data.</summary>
/// <remarks>
/// <para>One operation at a time; a second one is refused with the name of the holder. All state is touched only in the engine's serial loop,
/// so every member may be called from any thread, also from a callback or an observer.</para>
/// <para>Whatever happens in an operation, the host is in Normal when its task completes.</para>
/// </remarks>
public sealed class BackupEngine : IOwnerGateway, IAsyncDisposable
{
    private readonly EngineState _state;
    private readonly LeaseRenewal _leases;
    private readonly EngineStop _stop;
    private Operation? _operation;
    private volatile bool _stopped;

    private BackupEngine(BackupEngineOptions options, EngineState state)
    {
        Options = options;
        _state = state;
        _stop = new EngineStop(state.Faults, state.Limits.AbortTimeout);
        _leases = new LeaseRenewal(state.Loop, state.Owners.RenewLeases);
    }

    /// <summary>What the engine was started with.</summary>
    public BackupEngineOptions Options { get; }

    /// <summary>The way for owners of this process to connect.</summary>
    public IActiveBackupTransport Transport => Options.Transport;

    /// <summary>
    /// How far the current operation has come. Notified synchronously, in the engine's loop: be quick, and do not call the engine and wait. An observer that
    /// throws is removed and reported; what an async observer throws later is reported. The others receive every notification.
    /// </summary>
    public IObservable<OperationProgress> Progress => _state.Progress;

    /// <summary>The number of failures that were reported to <see cref="BackupEngineOptions.OnError"/>. Any thread.</summary>
    public int Faults => _state.Faults.Count;

    /// <summary>Starts an engine. The backup-or-restore key is defined on its bus if it is not yet, and Normal is published.</summary>
    /// <param name="options">Bus, clock, transport, time-outs.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The engine.</returns>
    /// <exception cref="ArgumentException">A member of the options is out of its range.</exception>
    /// <exception cref="ConnException"><see cref="ErrorCode.InUse"/>: another engine runs on the bus, or on the transport. Else the bus does not let
    /// this identity define or write the key.</exception>
    public static async Task<BackupEngine> StartAsync(BackupEngineOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        EngineLimits limits = options.Validate();
        EngineFaults faults = new(options.OnError, options.Scheduler is null ? null : SynchronizationContext.Current);
        ModePublisher mode = await ModePublisher.StartAsync(options.Bus, faults, cancellationToken);
        EngineLoop? loop = null;
        try
        {
            loop = new EngineLoop(options.Scheduler, options.TimeProvider, faults.Report);
            BackupEngine engine = new(options, new EngineState
            {
                Loop = loop, Limits = limits, Faults = faults, Mode = mode, Owners = new OwnerGraph(), Progress = new ProgressObservers(faults),
                CallScheduler = options.Scheduler,
                Places = new SemaphoreSlim(limits.MaxPreparing),
                Tracer = options.Trace is { } trace ? new OperationTracer(options.TimeProvider, () => mode.Current, trace, faults) : null,
            });
            // Last: owners may connect before this returns.
            options.Transport.Attach(engine);
            return engine;
        }
        catch
        {
            loop?.Dispose();
            await mode.GoUnsetAsync();
            throw;
        }
    }

    /// <summary>Registers an owner. Owners take part in the order in which they were registered.</summary>
    /// <param name="registration">The owner. Every member is checked here.</param>
    /// <param name="planner">The way to ask it, outside of operations, whether it could take a restore (<see cref="DataOwnerParticipant.Planner"/>); null, the
    /// default, when it is not asked.</param>
    /// <param name="places">Its places in the file system, which are kept apart from the repository and from those of other owners; null, the default, when
    /// it has none.</param>
    /// <returns>Completes when it is registered.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.Argument"/>: a member is out of its range, or the owner would depend on itself.
    /// <see cref="ErrorCode.AlreadyExists"/>: its name or its id is taken.</exception>
    /// <exception cref="OperationRefusedException"><see cref="OperationRefusal.InUse"/>: an operation is running.</exception>
    public Task RegisterAsync(DataOwnerRegistration registration, IOwnerChannel? planner = null, IOwnedPlaces? places = null)
    {
        ArgumentNullException.ThrowIfNull(registration);
        // The lists belong to the caller, who may change them at any time: what is checked is what is kept.
        registration = registration with
        {
            ProxyManagers = RegistrationRules.Copy(registration.ProxyManagers), RestoreAfter = RegistrationRules.Copy(registration.RestoreAfter),
        };
        RegistrationRules.Check(registration);
        return _state.Loop.RunAsync(() =>
        {
            RefuseWhileBusy($"registering owner {registration.Name}");
            _state.Owners.Add(new RegisteredOwner(registration, planner, _state.Loop, places));
        }, CancellationToken.None);
    }

    /// <summary>Removes an owner, between operations. Its session ends; it can be registered again, also with other properties.</summary>
    /// <param name="sid">The owner's id.</param>
    /// <returns>False when no owner of this id was registered.</returns>
    /// <exception cref="OperationRefusedException"><see cref="OperationRefusal.InUse"/>: an operation is running.</exception>
    public Task<bool> UnregisterAsync(SecureId sid) => _state.Loop.RunAsync(() =>
    {
        RefuseWhileBusy($"removing owner {sid}");
        return Task.FromResult(_state.Owners.Remove(sid));
    }, CancellationToken.None);

    /// <summary>Gets where every registered owner stands. An owner with proxy managers is ready when all of them are.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The owners, in the order in which they were registered.</returns>
    public Task<IReadOnlyList<OwnerStanding>> OwnersAsync(CancellationToken cancellationToken = default) => _state.Loop.RunAsync(() =>
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        return Task.FromResult<IReadOnlyList<OwnerStanding>>([.. _state.Owners.All.Select(_state.Owners.Standing)]);
    }, cancellationToken);

    /// <summary>Backs up owners into a repository: one set, committed only when all of it was read back.</summary>
    /// <param name="request">What, and where to.</param>
    /// <param name="cancellationToken">Aborts: owners are terminated, the unfinished set is removed, the host goes back to Normal.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="ArgumentException">A member of the request is out of its range.</exception>
    /// <exception cref="OperationRefusedException">In use, needs a base, no such owner.</exception>
    /// <exception cref="ConnException">The mode could not be published; nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">The repository failed. Nothing was committed, unless it failed after
    /// <see cref="OperationPhase.ManifestWritten"/>: then the list of sets says whether the set exists.</exception>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    public Task<BackupReport> BackupAsync(BackupRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RequestRules.Check(request);
        request = request with { Owners = request.Owners?.ToArray(), Tags = [.. request.Tags] };
        return RunAsync(request.Repository, abort => new BackupOperation(_state, request, abort), static o => o.RunAsync(), cancellationToken);
    }

    /// <summary>Restores owners from a set: all Required owners, or nothing changes.</summary>
    /// <param name="request">Which owners, from which set.</param>
    /// <param name="cancellationToken">Aborts before the commit; after it the restore is carried through.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="ArgumentException">A member of the request is out of its range.</exception>
    /// <exception cref="OperationRefusedException">In use, no such owner in the set, refused by an owner's plan.</exception>
    /// <exception cref="ConnException">The mode could not be published; nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">The repository failed, or a needed part is damaged; nothing has changed.</exception>
    /// <exception cref="OperationCanceledException">Aborted; nothing has changed.</exception>
    /// <remarks>When the storage fails while the commit record is written and the record cannot be read back, the report is failed: nothing is in place, what
    /// owners have prepared is kept, and the next backup or restore in place with them carries it through or removes it.</remarks>
    public Task<RestoreReport> RestoreAsync(RestoreRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RequestRules.Check(request);
        request = request with { Owners = request.Owners?.ToArray() };
        return RunAsync(request.Repository, abort => new RestoreOperation(_state, request, abort), static o => o.RunAsync(), cancellationToken);
    }

    /// <summary>Settles the restores that an earlier process committed and did not finish: those of registered owners are put in place. Call it first, before
    /// anything writes to the data of the owners.</summary>
    /// <param name="repository">Where the restores were recorded.</param>
    /// <param name="cancellationToken">Aborts: what is not in place yet is left for the next run.</param>
    /// <returns>The report. An owner's failure is in it, not thrown.</returns>
    /// <exception cref="OperationRefusedException">In use.</exception>
    /// <exception cref="ConnException">The mode could not be published; nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The engine has stopped.</exception>
    /// <exception cref="Conn.Repository.RepositoryException">The repository failed.</exception>
    /// <exception cref="OperationCanceledException">Aborted.</exception>
    /// <remarks>The next backup or restore in place would do the same, and replace what the application has written in between.</remarks>
    public Task<ResumeReport> ResumeAsync(BackupRepository repository, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        return RunAsync(
            repository, abort => new ResumeOperation(_state, repository, EngineHolder.Of("resuming"), abort), static o => o.RunAsync(), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IEngineSession> AcceptAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(connection.Channel);
        if (Durations.Fault(connection.Lease, mayBeInfinite: false) is { } fault)
        {
            return new(Task.FromException<IEngineSession>(new ConnException(ErrorCode.Argument, $"Owner {connection.Owner} cannot connect: its lease {fault}.")));
        }

        if (_state.Owners.Find(connection.Owner) is not { } owner)
        {
            return new(Refuse(_stopped, connection.Owner));
        }

        // A session whose caller gave up would keep the owner's place: it is closed.
        return new(owner.AskAsync(() => Accept(connection), cancellationToken, static session => session.DisposeAsync()));
    }

    /// <inheritdoc/>
    public bool IsRegistered(SecureId owner) => _state.Owners.Find(owner) is not null;

    /// <summary>Stops: an operation that is running is aborted and waited for, sessions end, the mode becomes Unset, connecting is refused.</summary>
    /// <returns>Completes when it has stopped.</returns>
    /// <remarks>What is committed is carried through first. Before a commit the wait ends after <see cref="BackupEngineOptions.AbortTimeout"/> and 30 s for
    /// the storage; an operation that has not ended then is reported to <see cref="BackupEngineOptions.OnError"/> and left behind.</remarks>
    public async ValueTask DisposeAsync()
    {
        Task running = await _state.Loop.RunAsync(() => Task.FromResult(_stop.Begin()), CancellationToken.None);
        bool hasEnded = await _stop.WaitAsync(running, _state.Loop, () => _operation is { IsCommitted: true });
        await _state.Loop.RunAsync(async () =>
        {
            if (_stopped)
            {
                return true;
            }

            _stopped = true;
            Options.Transport.Detach(this);
            _leases.Dispose();
            foreach (RegisteredOwner owner in _state.Owners.All)
            {
                owner.End();
            }

            await _state.Mode.GoUnsetAsync();
            _state.Progress.Dispose();
            return true;
        }, CancellationToken.None);
        if (hasEnded)
        {
            // One that was left behind needs the loop for its end.
            _state.Loop.Dispose();
            _stop.Dispose();
        }
    }

    /// <summary>Accepts a connection. A refusal is returned and not thrown: thousands may come at once, and a throw for each costs more than the work.</summary>
    private Task<IEngineSession> Accept(OwnerConnection connection)
    {
        SecureId sid = connection.Owner;
        // While it ends an operation, the owners of that may still connect.
        bool isOver = _stopped || (_stop.HasBegun && _operation is null);
        if (isOver || _state.Owners.Find(sid) is not { } owner)
        {
            return Refuse(isOver, sid);
        }

        if (owner.Session is not null)
        {
            return Task.FromException<IEngineSession>(new ConnException(
                ErrorCode.InUse, $"Owner {owner.Name} ({sid}) is connected already; dispose its client before connecting another."));
        }

        OwnerSession session = new(_state, owner, connection);
        if (owner.TryConnect(session) is { } refusal)
        {
            return Task.FromException<IEngineSession>(refusal);
        }

        _leases.Watch(connection.Lease);
        return Task.FromResult<IEngineSession>(session);
    }

    private static Task<IEngineSession> Refuse(bool stopped, SecureId sid) => Task.FromException<IEngineSession>(stopped
        ? new ConnException(ErrorCode.NotSupported, $"Owner {sid} cannot connect: this engine has stopped.")
        : new ConnException(ErrorCode.NotFound, $"Owner {sid} cannot connect: it is not registered with this engine. Register it first."));

    private Task<T> RunAsync<TOperation, T>(
        BackupRepository repository, Func<CancellationToken, TOperation> make, Func<TOperation, Task<T>> run, CancellationToken abort)
        where TOperation : Operation => _state.Loop.RunAsync(async () =>
        {
            using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(abort, _stop.Token);
            TOperation operation = make(ends.Token);
            RefuseWhileBusy(operation.Holder);
            _operation = operation;
            using IDisposable running = _stop.Enter();
            try
            {
                PlaceRules.SetOtherPlaces(_state.Owners.All, repository);
                return await run(operation);
            }
            catch (OperationCanceledException e) when (!ends.IsCancellationRequested)
            {
                throw new RepositoryException(
                    RepositoryFailure.Io, $"The storage gave up without being asked to: {OwnerCallFailure.MessageOf(e)}", innerException: e);
            }
            catch (OperationCanceledException e) when (abort.IsCancellationRequested)
            {
                throw new OperationCanceledException(e.Message, e, abort);
            }
            finally
            {
                _operation = null;
            }
        }, CancellationToken.None);

    private void RefuseWhileBusy(string asked)
    {
        ObjectDisposedException.ThrowIf(_stopped || _stop.HasBegun, this);
        if (_operation is { } running)
        {
            throw new OperationRefusedException(
                OperationRefusal.InUse, ErrorCode.InUse, $"{asked} is refused: the engine is in use by {running.Holder}. Try again when it has ended.")
            {
                Holder = running.Holder,
            };
        }
    }
}
