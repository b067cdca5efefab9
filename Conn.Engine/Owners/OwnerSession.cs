using Conn.ActiveBackup;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Client;
using Conn.Engine.Traces;

namespace Conn.Engine.Owners;

/// <summary>One owner's connection, on the engine's side: the layers of its calls one way, and what the owner asks the other way.</summary>
/// <remarks>Calls to the owner are made in the engine's loop; what the owner asks may come on any thread and is brought into the loop.</remarks>
internal sealed class OwnerSession : IEngineSession
{
    private readonly EngineState _engine;
    private readonly RegisteredOwner _owner;
    private readonly Watchdog _watchdog;
    private readonly LegalOrder _order;
    private readonly IOwnerChannel _calls;
    private volatile bool _over;
    private int _isRenewing;

    public OwnerSession(EngineState engine, RegisteredOwner owner, OwnerConnection connection)
    {
        _engine = engine;
        _owner = owner;
        Connection = connection;
        _watchdog = new Watchdog(engine, connection.Channel, owner.Registration.NoProgressTimeout ?? engine.Limits.NoProgressTimeout);
        _order = new LegalOrder(_watchdog, owner.Name, () => owner.Status);
        _calls = engine.Tracer is { } tracer ? new TraceLayer(_order, owner.Name, tracer) : _order;
    }

    public OwnerConnection Connection { get; }

    public bool HasCallbacks => Connection.HasCallbacks;

    /// <summary>The owner's optional interfaces; known once an operation has begun.</summary>
    public OwnerFeatures Features { get; private set; }

    /// <summary>Begins the current operation with the owner: every drive is fresh.</summary>
    /// <exception cref="DataOwnerException">The owner failed, hung or went away.</exception>
    public async Task BeginAsync(DriveList drives, CancellationToken abort)
    {
        OwnerCallResult result = await CallAsync(OwnerCall.Begin(_engine.ModeInfo with { Drives = drives }), abort);
        Features = result.Features;
    }

    /// <summary>Makes one call. Ends with its result, its failure, a time-out, the end of the session, or the abort.</summary>
    /// <exception cref="DataOwnerException">The owner failed, hung or went away.</exception>
    /// <exception cref="OperationCanceledException">The operation was aborted; the owner's token was cancelled.</exception>
    public async ValueTask<OwnerCallResult> CallAsync(OwnerCall call, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        if (_owner.FailureOf(this) is { } failed)
        {
            throw failed;
        }

        OwnerCallResult result = await _calls.InvokeAsync(call, abort);
        if (result.Failure is not { } failure)
        {
            return result;
        }

        if (failure is { IsGivenUp: true } && failure.Code == ErrorCode.Cancel && abort.IsCancellationRequested)
        {
            throw new OperationCanceledException($"The operation of owner {_owner.Name} was aborted while {CallWords.Of(call.Kind)}.", abort);
        }

        throw new DataOwnerException(_owner.Name, failure.Code, $"Owner {_owner.Name}: {OwnerWords.Of(_owner.Name, failure.Message)}", failure.Cause) { Call = call.Kind };
    }

    /// <summary>Terminates the owner: it drops what it staged, keeps what it prepared, and releases what it holds. Waits no longer than the limit for this and
    /// every later call; never throws.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public async Task<string?> TerminateAsync(TimeSpan limit)
    {
        if (!HasCallbacks || _over || !_order.Order.HasBegun)
        {
            return null;
        }

        _watchdog.EndWithin(limit);
        OwnerCallResult result = await _calls.InvokeAsync(OwnerCall.Terminate(), CancellationToken.None);
        return result.Failure is not { } failure ? null
            : failure.IsGivenUp ? $"Owner {_owner.Name} could not be terminated within {limit.TotalSeconds:0.###} s ({failure.Message}); its lease releases it."
            : $"Owner {_owner.Name} failed to terminate: {OwnerWords.Of(_owner.Name, failure.Message)}";
    }

    /// <summary>Makes a call that follows a termination that succeeded; never throws.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public async Task<string?> FollowUpAsync(OwnerCall next) =>
        (await _calls.InvokeAsync(next, CancellationToken.None)).Failure is not { } left ? null
        : $"Owner {_owner.Name} was terminated, and failed while {CallWords.Of(next.Kind)} ({left.Message}); the next run tries again.";

    /// <summary>Ends the wait for the call that runs, if one does.</summary>
    public void StopWaiting(ErrorCode code, string message) => _watchdog.Stop(code, message);

    /// <summary>The owner failed: ends the wait for the call that runs, but not that for its termination, which has a limit of its own.</summary>
    public void StopFailed(ErrorCode code, string message)
    {
        if (!_watchdog.IsEnding)
        {
            StopWaiting(code, message);
        }
    }

    /// <summary>Ends the session: the operation is over. Later requests of the owner fail with ServerTerminated.</summary>
    public void End()
    {
        if (!_over)
        {
            _over = true;
            StopWaiting(ErrorCode.ServerTerminated, "The session has ended.");
            _watchdog.Close();
        }
    }

    /// <summary>Sends the owner's side a sign that the engine is alive.</summary>
    public void RenewLease()
    {
        if (Connection.Channel is OwnerEndpoint local && (local.Clock == TimeProvider.System || local.Clock == _engine.Clock))
        {
            // No code of the owner: this writes a timestamp and needs no thread, so that used-up pool threads let no lease run out.
            local.RenewLease();
        }
        else if (Interlocked.Exchange(ref _isRenewing, 1) == 0)
        {
            _engine.RunOutside(static session => _ = session.KeepAliveAsync(), this);
        }
    }

    /// <summary>Runs foreign code: one call at a time, so that a channel that blocks keeps one thread.</summary>
    private async Task KeepAliveAsync()
    {
        try
        {
            await Connection.Channel.InvokeAsync(OwnerCall.KeepAlive(), CancellationToken.None);
        }
#pragma warning disable CA1031 // A channel, or the clock of a client, may throw anything; the next renewal is tried all the same.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _engine.Faults.Report(e);
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) => new(AskAsync(() => Task.FromResult(_engine.ModeInfo), cancellationToken));

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) =>
        new(AskAsync(() => Task.FromResult(_engine.Span?.Affects(_owner) ?? false), cancellationToken));

    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => new(AskAsync(() =>
    {
        if (!code.IsSuccess)
        {
            _owner.Fail(code, $"Owner {_owner.Name} confirmed that it cannot continue ({code}).");
            return Task.FromResult(true);
        }

        return _owner.TryConfirm(HasCallbacks) is { } refusal ? Task.FromException<bool>(refusal) : Task.FromResult(true);
    }, cancellationToken));

    public void ReportProgress()
    {
        // Only timestamps are written here, so that a report in a tight loop costs no memory. A session that has ended keeps nothing waiting.
        if (!_over)
        {
            _watchdog.Renew();
            _owner.HeardAt = _engine.Clock.GetTimestamp();
            _owner.ReadinessWatch?.Renew();
        }
    }

    // Once over, the owner is free of this session, and the loop has nothing to do.
    public ValueTask DisposeAsync() => _over ? default : new(_engine.Loop.RunAsync(() =>
    {
        if (!_over)
        {
            _over = true;
            StopWaiting(_owner.FailureCode.IsSuccess ? ErrorCode.ServerTerminated : _owner.FailureCode, "The owner closed its connection.");
            _watchdog.Close();
            _owner.Close(this, keepsFailure: _engine.Span?.Includes(_owner) ?? false);
        }
    }, CancellationToken.None));

    private Task<T> AskAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken) => _over ? Task.FromException<T>(Stale())
        : _owner.AskAsync(() => _over ? Task.FromException<T>(Stale()) : request(), cancellationToken);

    private ConnException Stale() => new(
        ErrorCode.ServerTerminated, $"This session of owner {_owner.Name} has ended; a client serves one operation, connect a new one.");
}
