using System.Reactive.Concurrency;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>The owner's end of a connection: guards the callbacks with the machine, keeps the lease, ends exactly once.</summary>
internal sealed class OwnerEndpoint : IOwnerEndpoint, IDisposable
{
    private readonly Lock _gate = new(); // guards _status and _session
    private readonly TaskCompletionSource<ErrorCode> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _lapsed = new();
    private readonly IScheduler _scheduler;
    private readonly SerialCallbacks? _serial;
    private readonly GuardedDataClient? _callbacks;
    private readonly Countdown _lease;
    private readonly string _name;
    private DataOwnerStatus _status = DataOwnerStatus.NotReady;
    private IEngineSession? _session;

    public OwnerEndpoint(SecureId owner, IActiveBackupDataClient? client, ActiveBackupClientOptions options)
    {
        _name = options.Name ?? owner.ToString();
        Lease = options.Lease;
        Over = _over.Token;
        _scheduler = options.Scheduler;
        _lease = new Countdown(options.TimeProvider, options.Lease, static s => ((OwnerEndpoint)s).Expire(), this);
        if (client is not null)
        {
            _serial = new SerialCallbacks(client, options.Scheduler, RenewLease, _lapsed.Token);
            _callbacks = new GuardedDataClient(_serial);
        }
    }

    public Task<ErrorCode> Ended => _ended.Task;

    /// <summary>Cancelled when the session has ended; what is registered there runs on the owner's scheduler.</summary>
    public CancellationToken Over { get; }

    public IActiveBackupDataClient? Callbacks => _callbacks;

    /// <summary>Completes when no callback of this connection runs any more.</summary>
    public Task Quiet => _serial?.Quiet ?? Task.CompletedTask;

    public TimeSpan Lease { get; }

    public void Connected(IEngineSession session)
    {
        lock (_gate)
        {
            _session = session;
        }
    }

    public void BeginOperation(BurModeInfo mode)
    {
        RenewLease();
        _callbacks?.Begin(new CallbackMachine(_name, mode.Mode.IsRestore, Status), mode.Drives);
    }

    public void RenewLease() => _lease.Renew();

    public async ValueTask ConfirmAsync(IEngineSession session, ErrorCode code, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ReadinessEvent step = !code.IsNone ? ReadinessEvent.Fail
                : _callbacks is null ? ReadinessEvent.ConfirmReadyNoImpl : ReadinessEvent.ConfirmReady;
            _status = ReadinessTable.Instance.Fire(_status, step, $"owner {_name}");
        }

        await session.ConfirmReadyForBurAsync(code, cancellationToken);
    }

    public void EndSession(ErrorCode reason)
    {
        _lease.Dispose();
        _serial?.End(reason);
        if (_ended.TrySetResult(reason))
        {
            ScheduleRest();
        }
    }

    public void Dispose() => EndSession(ErrorCode.Cancel);

    public void ThrowIfEnded()
    {
        if (_ended.Task.IsCompleted)
        {
            throw new ConnException(ErrorCode.ServerTerminated,
                $"The session of owner {_name} has ended ({_ended.Task.Result}); a client serves one operation, connect a new one for the next.");
        }
    }

    private DataOwnerStatus Status()
    {
        lock (_gate)
        {
            return _status;
        }
    }

    private void ScheduleRest()
    {
        try
        {
            _scheduler.Schedule(CancelRest);
        }
#pragma warning disable CA1031 // A scheduler that is gone may throw anything.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // The owner's scheduler is gone, and with it whoever would have to hear; who ends the session must not fail for that.
            CancellingFailure = e;
        }
    }

    private void CancelRest()
    {
        Cancel(_over.Cancel);
        _over.Dispose();
        if (_ended.Task.Result == ErrorCode.LeaseExpired)
        {
            // A callback waits on the token of an engine that nobody hears of; the Terminate behind it would wait for ever too.
            Cancel(_lapsed.Cancel);
        }

        _lapsed.Dispose();
    }

    private void Cancel(Action cancel)
    {
        try
        {
            cancel();
        }
        catch (AggregateException e)
        {
            // What the owner had registered threw; its operation is over, and nobody waits for it.
            CancellingFailure = e;
        }
    }

    /// <summary>What the owner had registered on the token of its operation threw when it ended, or that it could not be told; or null.</summary>
    public Exception? CancellingFailure { get; private set; }

    /// <summary>The engine was not heard of for a lease: the owner is freed here, and the engine is told in case it lives.</summary>
    private void Expire()
    {
        EndSession(ErrorCode.LeaseExpired);
        _ = FreeAsync();
    }

    private async Task FreeAsync()
    {
        IEngineSession? session;
        lock (_gate)
        {
            session = _session;
        }

        // Side by side: an owner that cannot let go is told of all the same, and an engine that does not answer keeps nobody prepared.
        Task freeing = FreeOwnerAsync();
        await TellAsync(session);
        await freeing;
    }

    private async Task FreeOwnerAsync()
    {
        try
        {
            if (_serial is not null)
            {
                await _serial.TerminateMultiStageOperationAsync(CancellationToken.None);
            }
        }
#pragma warning disable CA1031 // An owner may throw anything; nobody but this endpoint hears of it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            FreeingFailure = e;
        }
    }

    private async Task TellAsync(IEngineSession? session)
    {
        try
        {
            if (session is not null)
            {
                await session.ConfirmReadyForBurAsync(ErrorCode.LeaseExpired, CancellationToken.None);
            }
        }
#pragma warning disable CA1031 // The engine is gone, or its transport failed in its own way; whoever waits for Ended is told what is known.
        catch (Exception e)
#pragma warning restore CA1031
        {
            TellingFailure = e;
        }
    }

    /// <summary>Why the owner did not let go after its lease had expired, or null.</summary>
    public Exception? FreeingFailure { get; private set; }

    /// <summary>Why the engine could not be told of the expired lease, or null.</summary>
    public Exception? TellingFailure { get; private set; }
}
