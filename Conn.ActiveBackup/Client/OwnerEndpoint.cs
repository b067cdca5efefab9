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
        _lease = new Countdown(options.TimeProvider, options.Lease, Expire);
        if (client is not null)
        {
            _serial = new SerialCallbacks(client, options.Scheduler, RenewLease);
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
        catch (ObjectDisposedException e)
        {
            // The owner's scheduler is gone, and with it whoever would have to hear; who ends the session must not fail for that.
            CancellingFailure = e;
        }
    }

    private void CancelRest()
    {
        try
        {
            _over.Cancel();
        }
        catch (AggregateException e)
        {
            // What the owner had registered threw; its operation is over, and nobody waits for it.
            CancellingFailure = e;
        }
        finally
        {
            _over.Dispose();
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

        try
        {
            if (_serial is not null)
            {
                await _serial.TerminateMultiStageOperationAsync(CancellationToken.None);
            }

            if (session is not null)
            {
                await session.ConfirmReadyForBurAsync(ErrorCode.LeaseExpired, CancellationToken.None);
            }
        }
        catch (ConnException e)
        {
            // The engine is gone, or the owner could not let go: whoever waits for Ended is told what is known.
            FreeingFailure = e;
        }
    }

    /// <summary>Why freeing the owner after an expired lease did not go through, or null.</summary>
    public ConnException? FreeingFailure { get; private set; }
}
