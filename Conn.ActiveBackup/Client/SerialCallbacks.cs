using System.Reactive.Concurrency;
using System.Runtime.ExceptionServices;
using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>Runs an owner's callbacks on its scheduler, never two at a time; a Terminate that comes meanwhile runs as soon as the present one ends.</summary>
internal sealed class SerialCallbacks : IActiveBackupDataClient, IRestorePrepare, IRestorePlan, IOwnerRemarks
{
    private readonly Lock _gate = new(); // guards _busy, _terminate, _quiet and _ended
    private static readonly int[] Known = [ExtendedInterfaces.RestorePrepare, ExtendedInterfaces.RestorePlan, ExtendedInterfaces.OwnerRemarks];

    private readonly (object? Found, ExceptionDispatchInfo? Thrown)[] _extended;
    private readonly IActiveBackupDataClient _owner;
    private readonly IScheduler _scheduler;
    private readonly Action _heard;
    private readonly CancellationToken _lapsed;
    private bool _busy;
    private ErrorCode? _ended;
    private TaskCompletionSource? _terminate;
    private TaskCompletionSource? _quiet;

    /// <summary>When lapsed is cancelled the callback that runs is asked to stop, whatever its caller does.</summary>
    public SerialCallbacks(IActiveBackupDataClient owner, IScheduler scheduler, Action heard, CancellationToken lapsed)
    {
        _owner = owner;
        _scheduler = scheduler;
        _heard = heard;
        _lapsed = lapsed;
        _extended = Array.ConvertAll(Known, Ask);
    }

    /// <summary>Completes when no callback runs, nor waits to: the owner may be given to another client then.</summary>
    public Task Quiet
    {
        get
        {
            lock (_gate)
            {
                return _busy ? (_quiet ??= new TaskCompletionSource()).Task : Task.CompletedTask;
            }
        }
    }

    /// <summary>From now on every call but Terminate is refused with this reason.</summary>
    public void End(ErrorCode reason)
    {
        lock (_gate)
        {
            _ended ??= reason;
        }
    }

    public ValueTask AllSnapshotsSuppliedAsync(CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.AllSnapshotsSuppliedAsync(t), cancellationToken);

    public ValueTask ReceiveSnapshotDataAsync(DriveNumber drive, ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.ReceiveSnapshotDataAsync(drive, section, last, t), cancellationToken);

    public ValueTask<long> GetExpectedDataSizeAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.GetExpectedDataSizeAsync(drive, t), cancellationToken);

    public ValueTask<SectionResult> GetSnapshotDataAsync(DriveNumber drive, Memory<byte> buffer, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.GetSnapshotDataAsync(drive, buffer, t), cancellationToken);

    public ValueTask InitialiseGetBackupDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.InitialiseGetBackupDataAsync(drive, t), cancellationToken);

    public ValueTask<SectionResult> GetBackupDataSectionAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.GetBackupDataSectionAsync(buffer, t), cancellationToken);

    public ValueTask InitialiseRestoreBaseDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.InitialiseRestoreBaseDataAsync(drive, t), cancellationToken);

    public ValueTask RestoreBaseDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.RestoreBaseDataSectionAsync(section, last, t), cancellationToken);

    public ValueTask InitialiseRestoreIncrementDataAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.InitialiseRestoreIncrementDataAsync(drive, t), cancellationToken);

    public ValueTask RestoreIncrementDataSectionAsync(ReadOnlyMemory<byte> section, bool last, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.RestoreIncrementDataSectionAsync(section, last, t), cancellationToken);

    public ValueTask RestoreCompleteAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.RestoreCompleteAsync(drive, t), cancellationToken);

    public ValueTask InitialiseGetProxyBackupDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.InitialiseGetProxyBackupDataAsync(owner, drive, t), cancellationToken);

    public ValueTask InitialiseRestoreProxyBaseDataAsync(SecureId owner, DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.InitialiseRestoreProxyBaseDataAsync(owner, drive, t), cancellationToken);

    public ValueTask<uint> GetDataChecksumAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => o.GetDataChecksumAsync(drive, t), cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> PrepareRestoreAsync(DriveNumber drive, CancellationToken cancellationToken) =>
        RunAsync((o, t) => Extended<IRestorePrepare>(o, ExtendedInterfaces.RestorePrepare).PrepareRestoreAsync(drive, t), cancellationToken);

    public ValueTask<bool> ResumeRestoreAsync(DriveNumber drive, ReadOnlyMemory<byte> token, CancellationToken cancellationToken) =>
        RunAsync((o, t) => Extended<IRestorePrepare>(o, ExtendedInterfaces.RestorePrepare).ResumeRestoreAsync(drive, token, t), cancellationToken);

    public ValueTask<IReadOnlyList<string>> RecoverAsync(CancellationToken cancellationToken) =>
        RunAsync((o, t) => Extended<IRestorePrepare>(o, ExtendedInterfaces.RestorePrepare).RecoverAsync(t), cancellationToken);

    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) =>
        RunAsync((o, t) => Extended<IRestorePlan>(o, ExtendedInterfaces.RestorePlan).PlanRestoreAsync(drive, expectedBytes, t), cancellationToken);

    public ValueTask<OwnerRemarks> TakeRemarksAsync(CancellationToken cancellationToken) =>
        RunAsync((o, t) => Extended<IOwnerRemarks>(o, ExtendedInterfaces.OwnerRemarks).TakeRemarksAsync(t), cancellationToken);

    public ValueTask TerminateMultiStageOperationAsync(CancellationToken cancellationToken)
    {
        // Heard of when it is asked, and not when it runs at last: the engine may be gone by then.
        _heard();
        lock (_gate)
        {
            if (_busy)
            {
                _terminate ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return new ValueTask(_terminate.Task);
            }

            _busy = true;
        }

        return new ValueTask(ScheduleAsync((o, _) => Typed(o.TerminateMultiStageOperationAsync(cancellationToken)), null));
    }

    public object? GetExtendedInterface(int uid)
    {
        int known = Array.IndexOf(Known, uid);
        if (known < 0)
        {
            return _owner.GetExtendedInterface(uid);
        }

        _extended[known].Thrown?.Throw();
        return _extended[known].Found is null ? null : this;
    }

    /// <summary>What the owner answers, asked in its own call to connect: its code does not run where the engine wants to know.</summary>
    private (object? Found, ExceptionDispatchInfo? Thrown) Ask(int uid)
    {
        try
        {
            return (_owner.GetExtendedInterface(uid), null);
        }
#pragma warning disable CA1031 // An owner may throw anything; it is told to whoever asks, as this call's failure.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return (null, ExceptionDispatchInfo.Capture(e));
        }
    }

    private static T Extended<T>(IActiveBackupDataClient owner, int uid) where T : class => owner.GetExtendedInterface(uid) as T
        ?? throw new ConnException(ErrorCode.NotSupported, $"The owner has no {typeof(T).Name}; ask GetExtendedInterface first.");

    private static async ValueTask<bool> Typed(ValueTask call)
    {
        await call;
        return true;
    }

    private ValueTask RunAsync(Func<IActiveBackupDataClient, CancellationToken, ValueTask> call, CancellationToken cancellationToken) =>
        new(BeginAsync((o, t) => Typed(call(o, t)), cancellationToken));

    private ValueTask<T> RunAsync<T>(Func<IActiveBackupDataClient, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken) =>
        new(BeginAsync(call, cancellationToken));

    private Task<T> BeginAsync<T>(Func<IActiveBackupDataClient, CancellationToken, ValueTask<T>> call, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_ended is { } reason)
            {
                throw new ConnException(ErrorCode.ServerTerminated, $"The owner's session has ended ({reason}); a new client is needed for the next operation.");
            }

            if (_busy)
            {
                throw new ConnException(ErrorCode.NotReady, "A callback of this owner is still running; one at a time is legal, and Terminate.");
            }

            _busy = true;
        }

        _heard();
        return ScheduleAsync(call, CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _lapsed));
    }

    /// <summary>Takes the source of the callback's token over; none for a Terminate, which nothing cuts short.</summary>
    private Task<T> ScheduleAsync<T>(Func<IActiveBackupDataClient, CancellationToken, ValueTask<T>> call, CancellationTokenSource? cancel)
    {
        Callback<T> callback = new(this, call, cancel);
        // The task is owned by the caller, who awaits the callback's; nothing escapes PerformAsync.
        SchedulerTurn.Begin(_scheduler, static s => _ = ((Callback<T>)s!).PerformAsync(), callback);
        return callback.Task;
    }

    /// <summary>Frees the turn, or gives it to the Terminate that waits for it.</summary>
    private void Release()
    {
        TaskCompletionSource? waiting;
        TaskCompletionSource? quiet = null;
        lock (_gate)
        {
            waiting = _terminate;
            _terminate = null;
            _busy = waiting is not null;
            if (!_busy)
            {
                (quiet, _quiet) = (_quiet, null);
            }
        }

        quiet?.SetResult();
        if (waiting is not null)
        {
            _ = EndWaitingAsync(waiting);
        }
    }

    private async Task EndWaitingAsync(TaskCompletionSource waiting)
    {
        try
        {
            await ScheduleAsync((o, _) => Typed(o.TerminateMultiStageOperationAsync(CancellationToken.None)), null);
            waiting.SetResult();
        }
#pragma warning disable CA1031 // The failure belongs to whoever asked for the Terminate.
        catch (Exception e)
#pragma warning restore CA1031
        {
            waiting.SetException(e);
        }
    }

    /// <summary>One callback on its way: what to call, and its outcome.</summary>
    private sealed class Callback<T>(SerialCallbacks owner, Func<IActiveBackupDataClient, CancellationToken, ValueTask<T>> call, CancellationTokenSource? cancel)
        : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public async Task PerformAsync()
        {
            using CancellationTokenSource? disposed = cancel;
            try
            {
                T result = await call(owner._owner, cancel?.Token ?? CancellationToken.None);
                owner.Release();
                SetResult(result);
            }
            catch (OperationCanceledException e)
            {
                owner.Release();
                SetException(new ConnException(ErrorCode.Cancel, "The owner ended the callback because it was cancelled.", e));
            }
#pragma warning disable CA1031 // An owner may throw anything; it reaches the caller as this callback's failure.
            catch (Exception e)
#pragma warning restore CA1031
            {
                owner.Release();
                SetException(e);
            }
        }
    }
}
