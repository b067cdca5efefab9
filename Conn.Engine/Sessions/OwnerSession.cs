using Conn.ActiveBackup.Client;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Traces;
using Conn.PubSub;

namespace Conn.Engine.Sessions;

/// <summary>One owner's connection: makes its callbacks one at a time under the watchdog, and answers what the owner asks.</summary>
/// <remarks>Calls to the owner are made in the engine's loop; what the owner asks may come on any thread and is brought into the loop.</remarks>
internal sealed class OwnerSession : IEngineSession
{
    private readonly BackupEngine _engine;
    private readonly RegisteredOwner _owner;
    private readonly IActiveBackupDataClient? _callbacks;
    private readonly GuardedDataClient? _guard;
    private readonly TracedDataClient? _traced;
    private NoProgressWatch? _watch;
    private NoProgressWatch? _terminating;
    private volatile bool _over;

    public OwnerSession(BackupEngine engine, RegisteredOwner owner, IOwnerEndpoint endpoint)
    {
        _engine = engine;
        _owner = owner;
        Endpoint = endpoint;
        _guard = endpoint.Callbacks is { } callbacks ? new GuardedDataClient(callbacks) : null;
        _traced = _guard is not null && engine.Tracer is { } tracer ? new TracedDataClient(owner.Name, _guard, () => Machine, tracer) : null;
        _callbacks = _traced ?? (IActiveBackupDataClient?)_guard;
    }

    public IOwnerEndpoint Endpoint { get; }

    public bool HasCallbacks => _callbacks is not null;

    /// <summary>The machine of the present operation; null before it began.</summary>
    public CallbackMachine? Machine { get; private set; }

    public void Begin(BurModeInfo mode, DriveList drives)
    {
        Machine = new CallbackMachine(_owner.Name, mode.Mode.IsRestore, () => _owner.Status);
        _guard?.Begin(Machine, drives);
        if (_traced is not null)
        {
            _traced.Drives = drives;
            _engine.Tracer!.Began(_owner.Name, Machine, drives.Select(d => new DriveKey(d)));
        }

        Endpoint.BeginOperation(mode with { Drives = drives });
    }

    /// <summary>An optional interface of the owner, guarded; null when it has none. Asking is a call like any other: the answer is the owner's code.</summary>
    /// <exception cref="DataOwnerException">The owner failed, hung or went away.</exception>
    public async ValueTask<T?> ExtendedAsync<T>(int uid, CancellationToken abort) where T : class =>
        await CallAsync(nameof(IActiveBackupDataClient.GetExtendedInterface), (c, _) => new ValueTask<object?>(c.GetExtendedInterface(uid)), abort) as T;

    /// <summary>What the owner has to tell although it did not fail; nothing from an owner that has no remarks.</summary>
    /// <exception cref="DataOwnerException">The owner failed, hung or went away.</exception>
    public async ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken abort) =>
        await ExtendedAsync<IOwnerRemarks>(ExtendedInterfaces.OwnerRemarks, abort) is { } remarks
            ? await CallAsync(nameof(IOwnerRemarks.TakeRemarksAsync), (_, t) => remarks.TakeRemarksAsync(t), abort)
            : OwnerRemarks.Nothing;

    /// <summary>Makes one callback. Ends with its result, its failure, the verdict of the watchdog, the end of the session, or the abort.</summary>
    /// <exception cref="DataOwnerException">The owner failed, hung or went away.</exception>
    /// <exception cref="OperationCanceledException">The operation was aborted; the owner's token was cancelled.</exception>
    public ValueTask<T> CallAsync<T>(string callback, Func<IActiveBackupDataClient, CancellationToken, ValueTask<T>> call, CancellationToken abort) =>
        CallAsync(callback, (c, t) => InLoopAsync(call, c, t), abort);

    public ValueTask<bool> CallAsync(string callback, Func<IActiveBackupDataClient, CancellationToken, ValueTask> call, CancellationToken abort) =>
        CallAsync(callback, (c, t) => InLoopAsync(call, c, t), abort);

    private async ValueTask<T> CallAsync<T>(string callback, Func<IActiveBackupDataClient, CancellationToken, Task<T>> begin, CancellationToken abort)
    {
        abort.ThrowIfCancellationRequested();
        if (_callbacks is null || _over)
        {
            throw Gone(callback);
        }

        CancellationTokenSource cancel = new();
        Task<T> running = begin(_callbacks, cancel.Token);
        if (!running.IsCompleted)
        {
            using NoProgressWatch watch = new(_engine.Options.TimeProvider, _owner.Registration.NoProgressTimeout ?? _engine.Options.NoProgressTimeout);
            _watch = watch;
            using (watch.StopOn(abort))
            {
                await watch.FirstAsync(running);
            }

            _watch = null;
            if (!running.IsCompleted)
            {
                Exception verdict = GiveUp(callback, running, cancel, watch, abort);
                _traced?.GiveUp(verdict is DataOwnerException { Code: var code } ? code : ErrorCode.Cancel);
                throw verdict;
            }
        }

        cancel.Dispose();
        return await ResultAsync(callback, running, abort);
    }

    /// <summary>Asks the owner to let go of everything; waits no longer than the abort bound. Never throws for the owner's sake.</summary>
    /// <returns>Null, or what went wrong.</returns>
    public async Task<string?> TerminateAsync(TimeSpan bound)
    {
        if (_callbacks is null || _over)
        {
            return null;
        }

        using NoProgressWatch watch = new(_engine.Options.TimeProvider, bound);
        Task<bool> running = InLoopAsync(static (c, t) => c.TerminateMultiStageOperationAsync(t), _callbacks, CancellationToken.None);
        _terminating = watch;
        await watch.FirstAsync(running);
        _terminating = null;
        if (!running.IsCompleted)
        {
            _engine.Abandon(running);
            _traced?.GiveUp(ErrorCode.TimedOut);
            return $"Terminate of owner {_owner.Name} did not return within {bound.TotalSeconds:0.###} s; its lease frees it.";
        }

        return running.Exception is { } e ? $"Terminate of owner {_owner.Name} failed: {e.InnerException!.Message}" : null;
    }

    public void End(ErrorCode reason)
    {
        if (Over())
        {
            Endpoint.EndSession(reason);
        }
    }

    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken) =>
        new(_engine.Loop.RunAsync(() => Answer(_engine.ModeInfo), cancellationToken));

    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken) =>
        new(_engine.Loop.RunAsync(() => Answer(_engine.Affects(_owner)), cancellationToken));

    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken) => new(_engine.Loop.RunAsync(() =>
    {
        ThrowIfOver();
        if (code.IsNone)
        {
            _owner.Fire(HasCallbacks ? ReadinessEvent.ConfirmReady : ReadinessEvent.ConfirmReadyNoImpl);
        }
        else
        {
            _owner.Fail(code);
        }
    }, cancellationToken));

    public void ReportProgress()
    {
        if (_over)
        {
            // A session that has ended keeps nothing of the next operation waiting.
            return;
        }

        if (_watch is { } watch)
        {
            watch.Renew();
        }
        else
        {
            _engine.Heard(_owner);
        }
    }

    // Once over, the owner is free of this session, and there is nothing to tell the loop.
    public ValueTask DisposeAsync() => _over ? default : new(_engine.Loop.RunAsync(() =>
    {
        if (Over() && ReferenceEquals(_owner.Session, this))
        {
            _owner.Close();
        }
    }, CancellationToken.None));

    private Task<T> Answer<T>(T answer) => _over ? Task.FromException<T>(Stale()) : Task.FromResult(answer);

    private void ThrowIfOver()
    {
        if (_over)
        {
            throw Stale();
        }
    }

    private ConnException Stale() => new(
        ErrorCode.ServerTerminated, $"This session of owner {_owner.Name} has ended; a client serves one operation, connect a new one.");

    /// <summary>A task that completes in the loop, whatever completes the call: only then can it be combined with others without a detour over the pool.</summary>
    private static async Task<T> InLoopAsync<T>(
        Func<IActiveBackupDataClient, CancellationToken, ValueTask<T>> call, IActiveBackupDataClient callbacks, CancellationToken cancel) => await call(callbacks, cancel);

    private static async Task<bool> InLoopAsync(
        Func<IActiveBackupDataClient, CancellationToken, ValueTask> call, IActiveBackupDataClient callbacks, CancellationToken cancel)
    {
        await call(callbacks, cancel);
        return true;
    }

    /// <summary>Ends the session once; a callback that is running learns of it in a turn of its own.</summary>
    private bool Over()
    {
        if (_over)
        {
            return false;
        }

        _over = true;
        _engine.Loop.Post(static s => ((OwnerSession)s!).StopWaiting(), this);
        return true;
    }

    private void StopWaiting()
    {
        _watch?.Stop();
        _terminating?.Stop();
    }

    /// <summary>The owner is asked to stop, and is not waited for: whatever it still does reaches nobody.</summary>
    private Exception GiveUp(string callback, Task running, CancellationTokenSource cancel, NoProgressWatch watch, CancellationToken abort)
    {
        _engine.Abandon(running, cancel);
        return watch.HasFired
            ? new DataOwnerException(_owner.Name, callback, ErrorCode.TimedOut,
                $"{callback} of owner {_owner.Name}: nothing was heard for {watch.Length.TotalSeconds:0.###} s; ReportProgress renews the watch.") { IsGivenUp = true }
            : abort.IsCancellationRequested ? new OperationCanceledException($"{callback} of owner {_owner.Name} was aborted.", abort) : Gone(callback);
    }

    private async ValueTask<T> ResultAsync<T>(string callback, Task<T> running, CancellationToken abort)
    {
        try
        {
            return await running;
        }
        catch (ConnException e)
        {
            throw new DataOwnerException(_owner.Name, callback, e.Code, $"{callback} of owner {_owner.Name}: {e.Message}", e);
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // An owner may throw anything: it ends its part, with General and its own words.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new DataOwnerException(_owner.Name, callback, ErrorCode.General, $"{callback} of owner {_owner.Name}: {e.Message}", e);
        }
    }

    private DataOwnerException Gone(string callback)
    {
        ErrorCode code = _owner.FailureCode.IsNone ? ErrorCode.ServerTerminated : _owner.FailureCode;
        return new DataOwnerException(_owner.Name, callback, code, $"{callback} of owner {_owner.Name}: the owner has gone ({code}).") { IsGivenUp = true };
    }
}
