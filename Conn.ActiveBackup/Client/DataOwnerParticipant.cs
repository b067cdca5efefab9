using System.Reactive.Concurrency;
using System.Threading.Channels;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Timing;
using Conn.PubSub;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>Takes a data owner through every operation: observes the mode, connects, lets the owner prepare, confirms, and closes the connection on
/// Normal.</summary>
/// <remarks>
/// It does what every resident owner would otherwise write by itself: it takes Unset and Normal for idle, takes a mode that is announced twice for one, makes a
/// new client for each operation, stays out of a partial operation that does not concern it, and finds the engine again after the engine was restarted.
/// </remarks>
public sealed class DataOwnerParticipant : IAsyncDisposable
{
    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(5);

    private readonly IActiveBackupTransport _transport;
    private readonly SecureId _owner;
    private readonly DataOwnerParticipantOptions _options;
    private readonly ErrorReporter _errors;
    private readonly OwnerQueue? _queue;
    private readonly OwnerPreparation _preparation;
    private readonly Channel<BurMode> _modes = Channel.CreateBounded<BurMode>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _followed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IDisposable _subscription;
    private ActiveBackupClient? _client;

    /// <summary>Starts to observe the mode.</summary>
    /// <param name="bus">The owner's own client of the state bus; only read.</param>
    /// <param name="transport">The way to the engine.</param>
    /// <param name="owner">The owner's id.</param>
    /// <param name="callbacks">The callbacks, or null for an owner that is only quiet while others are backed up.</param>
    /// <param name="options">Preparation and client options; null for defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A member of the options is out of its range.</exception>
    public DataOwnerParticipant(PropertyClient bus, IActiveBackupTransport transport, SecureId owner, IActiveBackupDataClient? callbacks,
        DataOwnerParticipantOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(transport);
        _transport = transport;
        _owner = owner;
        _options = options ?? new DataOwnerParticipantOptions();
        _errors = new ErrorReporter(_options.Client.OnError);
        _queue = ActiveBackupClient.QueueFor(callbacks, _options.Client, e => _ = FailAsync(e));
        _preparation = new OwnerPreparation(_options, e => _ = FailAsync(e), _errors);
        _options.Client.Scheduler.Schedule(() => _ = FollowAsync());
        // Inline, because this only writes to a channel: the publisher depends neither on the owner's scheduler nor on its thread.
        _subscription = bus.ObserveBurMode(new ObserveOptions { Delivery = Delivery.Inline })
            .Subscribe(m => _modes.Writer.TryWrite(m), _errors.Report);
    }

    /// <summary>The number of times <see cref="ActiveBackupClientOptions.OnError"/> threw. Any thread.</summary>
    public int ErrorHandlerFailures => _errors.Failures;

    /// <summary>What <see cref="ActiveBackupClientOptions.OnError"/> threw last, or null. Any thread.</summary>
    public Exception? LastErrorHandlerFailure => _errors.LastFailure;

    /// <summary>The way by which an engine asks the owner, outside of operations, whether it could take a restore; null for an owner without
    /// callbacks.</summary>
    /// <remarks>Give it to the engine with the owner's registration. Calls come one at a time with those of operations.</remarks>
    public IOwnerChannel? Planner => _queue is null ? null : new LegalOrder(_queue, _options.Client.Name ?? _owner.ToString(), static () => DataOwnerStatus.NotConnected);

    /// <summary>Reports that a long callback makes progress. Never waits, never throws; does nothing between operations.</summary>
    public void ReportProgress() => Volatile.Read(ref _client)?.ReportProgress();

    /// <summary>Stops observing, cancels a preparation that runs, and closes the current client, if any.</summary>
    /// <returns>Completes when nothing of it runs any more, but after 5 s in any case.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_modes.Writer.TryComplete())
        {
            _subscription.Dispose();
            Cancel(_closing);
            await WithinAsync(CloseAsync());
        }
    }

    private async Task CloseAsync()
    {
        await _followed.Task;
        await DisconnectAsync();
        await _preparation.Running;
    }

    private void Cancel(CancellationTokenSource source)
    {
        try
        {
            source.Cancel();
        }
        catch (AggregateException e)
        {
            // What the author or the transport registered on the token threw; the token is cancelled all the same.
            _errors.Report(e);
        }
    }

    private async Task WithinAsync(Task closing)
    {
        TaskCompletionSource limit = new();
        using Countdown countdown = new(_options.Client.TimeProvider, _ => limit.TrySetResult());
        countdown.Start(DisposeLimit);
        await Task.WhenAny(closing, limit.Task);
    }

    /// <summary>Follows the newest mode, one at a time, until the participant is disposed.</summary>
    private async Task FollowAsync()
    {
        while (await _modes.Reader.WaitToReadAsync())
        {
            try
            {
                _modes.Reader.TryRead(out BurMode mode);
                await EnterAsync(mode);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested || _client is { Ended.IsCompleted: true })
            {
                // Disposed, or the operation has ended; the next mode, if there is one, is followed.
            }
#pragma warning disable CA1031 // The transport and the author's preparation may throw anything; it is reported to the engine and to the handler.
            catch (Exception e)
#pragma warning restore CA1031
            {
                await FailAsync(e);
            }
        }

        _followed.SetResult();
    }

    private async Task EnterAsync(BurMode mode)
    {
        if (_client is { Ended.IsCompleted: false } live && await IsOperatingAsync(live))
        {
            // A mode announced twice, or one that was over when this client connected: the client belongs to the current operation.
            return;
        }

        await DisconnectAsync();
        if (mode.IsIdle)
        {
            return;
        }

        // A call or a preparation that was given up may still run; until it returns, the owner takes part in nothing else.
        await Task.WhenAll(_queue?.WhenIdle ?? Task.CompletedTask, _preparation.Running).WaitAsync(_closing.Token);
        if (_modes.Reader.Count > 0)
        {
            // The mode has moved on, and the newer one is followed next.
            return;
        }

        _client = await ConnectAsync();
        if (!await _client.DoesPartialBurAffectMeAsync(_closing.Token))
        {
            await DisconnectAsync();
            return;
        }

        ErrorCode ready = await _preparation.RunAsync(_client, mode, _closing.Token);
        await _client.ConfirmReadyForBurAsync(ready, _closing.Token);
    }

    /// <summary>Connects for as long as no newer mode is announced. A transport that ignores its token is left behind.</summary>
    /// <exception cref="OperationCanceledException">The participant was disposed.</exception>
    /// <exception cref="ConnException">TimedOut: the mode changed first. Or as the transport refuses.</exception>
    private async Task<ActiveBackupClient> ConnectAsync()
    {
        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        Task<ActiveBackupClient> connecting = ActiveBackupClient.ConnectAsync(_transport, _owner, _queue, _options.Client, _errors, ends.Token).AsTask();
        if (!connecting.IsCompleted)
        {
            await Task.WhenAny(connecting, NewerModeAsync());
        }

        bool isLate = !connecting.IsCompleted;
        Cancel(ends);
        if (!isLate)
        {
            return await connecting;
        }

        _ = CloseLateAsync(connecting);
        _closing.Token.ThrowIfCancellationRequested();
        throw new ConnException(ErrorCode.TimedOut, $"Owner {_owner} takes no part in this operation: the mode changed again before its connection was made.");
    }

    private async Task NewerModeAsync() => await _modes.Reader.WaitToReadAsync();

    private async Task CloseLateAsync(Task<ActiveBackupClient> late)
    {
        try
        {
            await (await late).DisposeAsync();
        }
        catch (OperationCanceledException)
        {
            // Given up, as asked.
        }
#pragma warning disable CA1031 // The transport may throw anything; nobody else waits for this connection.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _errors.Report(e);
        }
    }

    private async Task<bool> IsOperatingAsync(ActiveBackupClient client)
    {
        try
        {
            return !(await client.BurModeInfoAsync(_closing.Token)).Mode.IsIdle;
        }
        catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
        {
            return false;
        }
    }

    /// <summary>Reports a failure of the owner to the handler, and to the engine when one listens.</summary>
    private async Task FailAsync(Exception e)
    {
        _errors.Report(e);
        if (Volatile.Read(ref _client) is { Ended.IsCompleted: false } client)
        {
            try
            {
                await client.ConfirmReadyForBurAsync(OwnerCallFailure.Of(e).Code, _closing.Token);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                // Disposed: closing the client informs the engine.
            }
#pragma warning disable CA1031 // The operation may have ended, or the transport failed; the handler decides what that means to the host.
            catch (Exception late)
#pragma warning restore CA1031
            {
                _errors.Report(late);
            }
        }
    }

    private async Task DisconnectAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            await client.DisposeAsync();
        }
    }
}
