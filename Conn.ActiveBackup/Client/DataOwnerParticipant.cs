using Conn.ActiveBackup.Contract;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>Takes a data owner through every operation: watches the mode, connects, lets it prepare, confirms, lets go on Normal.</summary>
/// <remarks>
/// What every resident owner would write by itself, written once: it subscribes before it reads, takes Unset and Normal for idle, takes a mode
/// announced twice for one, makes a new client for each operation, and leaves a partial operation that does not concern it.
/// </remarks>
public sealed partial class DataOwnerParticipant : IAsyncDisposable
{
    private readonly Lock _gate = new(); // guards _wanted, _following and _disposed
    private readonly IActiveBackupTransport _transport;
    private readonly SecureId _owner;
    private readonly IActiveBackupDataClient? _callbacks;
    private readonly DataOwnerParticipantOptions _options;
    private readonly GuardedErrorHandler _errors;
    private readonly CancellationTokenSource _closing = new();
    private readonly IDisposable _subscription;
    private ActiveBackupClient? _client;
    private Task _quiet = Task.CompletedTask;
    private BurMode? _wanted;
    private TaskCompletionSource? _following;
    private bool _disposed;

    /// <summary>Starts to watch the mode.</summary>
    /// <param name="bus">The owner's own client of the state bus; only read.</param>
    /// <param name="transport">The way to the engine.</param>
    /// <param name="owner">The owner's id.</param>
    /// <param name="callbacks">The callbacks, or null for an owner that is only quiet while others are backed up.</param>
    /// <param name="options">Preparation, error handler, client options; null for defaults.</param>
    public DataOwnerParticipant(PropertyClient bus, IActiveBackupTransport transport, SecureId owner, IActiveBackupDataClient? callbacks,
        DataOwnerParticipantOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(transport);
        _transport = transport;
        _owner = owner;
        _callbacks = callbacks;
        _options = options ?? new DataOwnerParticipantOptions();
        _errors = new GuardedErrorHandler(_options.OnError);
        _subscription = bus.ObserveBurMode(new ObserveOptions { Delivery = Delivery.Queued, Scheduler = _options.Client.Scheduler })
            .Subscribe(OnMode, OnBusError);
    }

    /// <summary>How many times <see cref="DataOwnerParticipantOptions.OnError"/> threw. Any thread.</summary>
    public int ErrorHandlerFailures => _errors.Failures;

    /// <summary>What <see cref="DataOwnerParticipantOptions.OnError"/> threw last, or null. Any thread.</summary>
    public Exception? LastErrorHandlerFailure => _errors.LastFailure;

    /// <summary>Says that a long callback is alive. Never waits, never throws; nothing happens between operations.</summary>
    public void ReportProgress() => Volatile.Read(ref _client)?.ReportProgress();

    /// <summary>Stops watching, cancels a preparation that is going on, and closes the present client, if any.</summary>
    /// <returns>Completes when nothing of it runs any more; a preparation that does not return is waited for 5 s and no longer.</returns>
    public async ValueTask DisposeAsync()
    {
        Task? following;
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            following = _following?.Task;
        }

        _subscription.Dispose();
        StopPreparing();
        if (following is not null)
        {
            await following;
        }

        await LetGoAsync();
        await OutliveAsync();
        _closing.Dispose();
    }

    private void OnBusError(Exception e) => _errors.Tell(e);

    private void OnMode(BurMode mode)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _wanted = mode;
            if (_following is not null)
            {
                return;
            }

            _following = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            SchedulerTurn.Begin(_options.Client.Scheduler, static s => _ = ((DataOwnerParticipant)s!).FollowAsync(), this);
        }
#pragma warning disable CA1031 // A scheduler that is gone may throw anything.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Nobody follows: who waits for that, DisposeAsync first of all, must not wait for ever. The next mode tries again.
            TaskCompletionSource? following;
            lock (_gate)
            {
                (following, _following) = (_following, null);
            }

            following?.SetResult();
            _errors.Tell(e);
        }
    }

    /// <summary>Follows the newest mode until there is no newer one; one runs at a time, and DisposeAsync waits for it.</summary>
    private async Task FollowAsync()
    {
        while (Next() is { } mode)
        {
            try
            {
                await EnterAsync(mode);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested || _client is { Over.IsCancellationRequested: true })
            {
                // Disposed meanwhile, and Next gives nothing more; or the operation is over, and the next mode is followed.
            }
#pragma warning disable CA1031 // The author's preparation may throw anything; it is told to the engine and to the handler.
            catch (Exception e)
#pragma warning restore CA1031
            {
                await FailAsync(e);
            }
        }
    }

    private BurMode? Next()
    {
        TaskCompletionSource done;
        lock (_gate)
        {
            if (_wanted is { } wanted && !_disposed)
            {
                _wanted = null;
                return wanted;
            }

            done = _following!;
            _following = null;
        }

        done.SetResult();
        return null;
    }

    private async Task EnterAsync(BurMode mode)
    {
        if (_client is { Ended.IsCompleted: false } live && await IsGoingOnAsync(live))
        {
            // A mode announced twice, or one that was over when this client connected: it belongs to the operation that goes on now.
            return;
        }

        await LetGoAsync();
        if (mode.IsIdle)
        {
            return;
        }

        // A callback or a preparation that was given up may still run; until it returns, the owner takes part in nothing else.
        if (!_quiet.IsCompleted || !_outlived.IsCompleted)
        {
            TaskCompletionSource closing = new();
            using (_closing.Token.Register(static s => ((TaskCompletionSource)s!).TrySetResult(), closing))
            {
                await Task.WhenAny(Task.WhenAll(_quiet, _outlived), closing.Task);
            }
        }

        _closing.Token.ThrowIfCancellationRequested();
        lock (_gate)
        {
            if (_wanted is not null)
            {
                // The mode has moved on meanwhile, and is followed next.
                return;
            }
        }

        ActiveBackupClient client = await ActiveBackupClient.ConnectAsync(_transport, _owner, _callbacks, _options.Client, _closing.Token);
        _client = client;
        if (!await client.DoesPartialBurAffectMeAsync(_closing.Token))
        {
            await LetGoAsync();
            return;
        }

        ErrorCode ready = _options.PrepareAsync is { } prepare ? await PrepareAsync(client, c => prepare(client, mode, c)) : ErrorCode.None;
        await client.ConfirmReadyForBurAsync(ready, _closing.Token);
    }

    private async Task<bool> IsGoingOnAsync(ActiveBackupClient client)
    {
        Task<BurModeInfo> asked;
        try
        {
            asked = client.BurModeInfoAsync(_closing.Token).AsTask();
        }
        catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
        {
            return false;
        }

        // Looked at instead of caught: at the end of an operation of thousands of owners the session of many ends just before this question.
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return asked.Exception?.InnerException is not ConnException { Code: var code } || code != ErrorCode.ServerTerminated
            ? !(await asked).Mode.IsIdle
            : false;
    }

    private async Task FailAsync(Exception e)
    {
        _errors.Tell(e);
        if (_client is { Ended.IsCompleted: false } client)
        {
            try
            {
                await client.ConfirmReadyForBurAsync(e is ConnException known ? known.Code : ErrorCode.General, _closing.Token);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                // Disposed meanwhile: closing the client tells the engine enough.
            }
#pragma warning disable CA1031 // The operation may have ended meanwhile, or the transport failed; the handler decides what that means to the host.
            catch (Exception late)
#pragma warning restore CA1031
            {
                _errors.Tell(late);
            }
        }
    }

    private async Task LetGoAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            await client.DisposeAsync();
            _quiet = client.Quiet;
        }
    }
}
