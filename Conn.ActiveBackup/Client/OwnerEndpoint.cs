using System.Reactive.Concurrency;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.ActiveBackup.Timing;

namespace Conn.ActiveBackup.Client;

/// <summary>The owner's end of one connection: keeps the lease and the legal order. Invariant: it ends exactly once.</summary>
internal sealed class OwnerEndpoint : IOwnerChannel
{
    private readonly Lock _lock = new(); // guards _status and _session
    private readonly TaskCompletionSource<ErrorCode> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _lapsed = new();
    private readonly IScheduler _scheduler;
    private readonly ErrorReporter _errors;
    private readonly LegalOrder? _calls;
    private readonly Countdown _lease;
    private readonly string _name;
    private DataOwnerStatus _status = DataOwnerStatus.NotReady;
    private IEngineSession? _session;

    /// <summary>Starts the lease.</summary>
    /// <param name="name">The owner's name, for refusals.</param>
    /// <param name="queue">Where the owner's calls go; null for an owner without callbacks.</param>
    /// <param name="options">Scheduler, clock, lease.</param>
    /// <param name="errors">Receives errors of calls that no caller awaits any more.</param>
    public OwnerEndpoint(string name, OwnerQueue? queue, ActiveBackupClientOptions options, ErrorReporter errors)
    {
        _name = name;
        _errors = errors;
        _scheduler = options.Scheduler;
        _calls = queue is null ? null : new LegalOrder(queue, name, Status);
        Over = _over.Token;
        Clock = options.TimeProvider;
        _lease = new Countdown(options.TimeProvider, _ => Expire());
        _lease.Start(options.Lease);
    }

    public Task<ErrorCode> Ended => _ended.Task;

    /// <summary>Cancelled when the session has ended; what is registered there runs on the owner's scheduler.</summary>
    public CancellationToken Over { get; }

    public bool HasCallbacks => _calls is not null;

    /// <summary>The clock that renewing the lease reads.</summary>
    public TimeProvider Clock { get; }

    private bool HasExpired => _ended.Task.IsCompleted && _ended.Task.Result == ErrorCode.LeaseExpired;

    public void Connected(IEngineSession session)
    {
        lock (_lock)
        {
            _session = session;
        }

        if (HasExpired)
        {
            // It expired while the engine accepted; whoever comes last informs it.
            _ = InformAsync();
        }
    }

    /// <summary>Records a sign of life of the engine. Never waits, never throws.</summary>
    public void RenewLease() => _lease.Renew();

    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        // The lease is renewed when a call arrives, not when it runs: by then the engine may be gone.
        RenewLease();
        if (call.Kind == OwnerCallKind.KeepAlive)
        {
            return default;
        }

        if (call.Kind == OwnerCallKind.TerminateMultiStageOperation)
        {
            // Once begun it runs to its end. After the session has ended it would terminate the owner's next one.
            return _calls is null || _ended.Task.IsCompleted ? default : await _calls.InvokeAsync(call, CancellationToken.None);
        }

        if (_calls is null)
        {
            return OwnerCallResult.Failed(ErrorCode.NotSupported, $"Owner {_name} has no callbacks.");
        }

        if (_ended.Task.IsCompleted)
        {
            return HasExpired ? OwnerCallResult.Failed(ErrorCode.LeaseExpired, $"The lease of owner {_name} has expired.")
                : OwnerCallResult.Failed(ErrorCode.ServerTerminated, $"The session of owner {_name} has ended.");
        }

        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lapsed.Token);
        return await _calls.InvokeAsync(call, cancel.Token);
    }

    public async ValueTask ConfirmAsync(IEngineSession session, ErrorCode code, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            ReadinessEvent step = !code.IsSuccess ? ReadinessEvent.Fail : _calls is null ? ReadinessEvent.ConfirmReadyNoImpl : ReadinessEvent.ConfirmReady;
            _status = ReadinessTable.Instance.Fire(_status, step, $"owner {_name}");
        }

        await session.ConfirmReadyForBurAsync(code, cancellationToken);
    }

    /// <summary>The engine ends the session: the operation is over.</summary>
    public ValueTask DisposeAsync()
    {
        End(ErrorCode.Success);
        return default;
    }

    /// <summary>Ends the session; later calls of the engine but Terminate are refused. Never waits, never throws.</summary>
    /// <returns>False when it had ended before.</returns>
    public bool End(ErrorCode reason)
    {
        _lease.Dispose();
        bool isFirst = _ended.TrySetResult(reason);
        if (isFirst)
        {
            CancelLater(reason == ErrorCode.LeaseExpired || reason == ErrorCode.ServerTerminated);
        }

        return isFirst;
    }

    /// <summary>The engine is gone for certain: the owner is terminated here at once, as when its lease expires.</summary>
    public void Lose()
    {
        if (End(ErrorCode.ServerTerminated))
        {
            _ = TerminateAsync();
        }
    }

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
        lock (_lock)
        {
            return _status;
        }
    }

    /// <summary>Cancels what the owner does for the operation, on the owner's scheduler: what is registered on the tokens is the owner's code.</summary>
    private void CancelLater(bool lapsed)
    {
        try
        {
            _scheduler.Schedule(() =>
            {
                _errors.Cancel(_over);
                if (lapsed)
                {
                    // A call may wait for the token of an engine that is gone; the Terminate behind it would wait for ever too.
                    _errors.Cancel(_lapsed);
                }
            });
        }
#pragma warning disable CA1031 // A scheduler that is disposed may throw anything.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _errors.Report(e);
        }
    }

    /// <summary>Nothing was heard of the engine for a lease: the owner is terminated here, and the engine is informed in case it lives.</summary>
    private void Expire()
    {
        if (End(ErrorCode.LeaseExpired))
        {
            // Side by side: an engine that does not answer must not keep the owner prepared, nor the other way round.
            _ = TerminateAsync();
            _ = InformAsync();
        }
    }

    private async Task TerminateAsync()
    {
        OwnerCallResult result = _calls is null ? default : await _calls.InvokeAsync(OwnerCall.Terminate(), CancellationToken.None);
        if (result.Failure is { Cause: null } failure) // What the owner threw is reported already.
        {
            _errors.Report(new ConnException(
                failure.Code, $"Owner {_name} could not be terminated after the engine was lost: {failure.Message}", failure.Cause));
        }
    }

    private async Task InformAsync()
    {
        IEngineSession? session;
        lock (_lock)
        {
            session = _session;
        }

        try
        {
            if (session is not null)
            {
                await session.ConfirmReadyForBurAsync(ErrorCode.LeaseExpired, CancellationToken.None);
            }
        }
#pragma warning disable CA1031 // The engine is gone, or its transport failed in its own way.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _errors.Report(e);
        }
    }
}
