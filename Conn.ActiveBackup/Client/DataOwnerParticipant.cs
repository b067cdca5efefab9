using System.Reactive.Concurrency;
using System.Threading.Channels;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Timing;
using Conn.PubSub;
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

    private readonly ParticipantConnection _connection;
    private readonly SecureId _owner;
    private readonly DataOwnerParticipantOptions _options;
    private readonly ErrorReporter _errors;
    private readonly OwnerQueue? _queue;
    private readonly OwnerPreparation _preparation;
    private readonly Channel<BurMode> _modes = Channel.CreateBounded<BurMode>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _followed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IDisposable _subscription;

    /// <summary>Starts to observe the mode.</summary>
    /// <param name="bus">The owner's own client of the state bus; only read.</param>
    /// <param name="transport">The way to the engine.</param>
    /// <param name="owner">The owner's id.</param>
    /// <param name="callbacks">The callbacks, or null for an owner that is only quiet while others are backed up.</param>
    /// <param name="options">Preparation and client options; null for defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A member of the options is out of its range.</exception>
    public DataOwnerParticipant(IPropertyClient bus, IActiveBackupTransport transport, SecureId owner, IActiveBackupDataClient? callbacks,
        DataOwnerParticipantOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(transport);
        _owner = owner;
        _options = options ?? new DataOwnerParticipantOptions();
        _errors = new ErrorReporter(_options.Client.OnError);
        _queue = ActiveBackupClient.QueueFor(callbacks, _options.Client, e => _ = FailAsync(e), _errors.Report);
        _connection = new ParticipantConnection(transport, owner, _queue, _options.Client, _errors);
        _preparation = new OwnerPreparation(_options, e => _ = FailAsync(e), _errors);
        _options.Client.Scheduler.Schedule(() => _ = FollowAsync());
        // Inline, because this only writes to a channel: the publisher depends neither on the owner's scheduler nor on its thread.
        _subscription = bus.ObserveBurMode(ObserveOptions.Inline)
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
    public void ReportProgress() => _connection.Client?.ReportProgress();

    /// <summary>Stops observing, cancels a preparation that runs, and closes the current client, if any.</summary>
    /// <returns>Completes when nothing of it runs any more, but after 5 s in any case.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_modes.Writer.TryComplete())
        {
            _subscription.Dispose();
            _errors.Cancel(_closing);
            await Countdown.WithinAsync(CloseAsync(), DisposeLimit, _options.Client.TimeProvider);
        }
    }

    private async Task CloseAsync()
    {
        await _followed.Task;
        await _connection.CloseAsync();
        await _preparation.Running;
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
            catch (OperationCanceledException) when (_closing.IsCancellationRequested || _connection.Client is { Ended.IsCompleted: true })
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
        if (await _connection.IsOperatingAsync(_closing.Token))
        {
            // A mode announced twice, or one that was over when this client connected: the client belongs to the current operation.
            return;
        }

        await _connection.CloseAsync();
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

        ActiveBackupClient client = await _connection.OpenAsync(NewerModeAsync, _closing.Token);
        if (!await _connection.AnswerAsync(client, client.DoesPartialBurAffectMeAsync(_closing.Token)))
        {
            await _connection.CloseAsync();
            return;
        }

        ErrorCode ready = await _preparation.RunAsync(client, mode, _closing.Token);
        await _connection.ConfirmAsync(client, ready, _closing.Token);
    }

    private async Task NewerModeAsync() => await _modes.Reader.WaitToReadAsync();

    /// <summary>Reports a failure of the owner to the handler, and to the engine when one listens.</summary>
    private async Task FailAsync(Exception e)
    {
        _errors.Report(e);
        if (_connection.Client is { Ended.IsCompleted: false } client)
        {
            try
            {
                await _connection.ConfirmAsync(client, OwnerCallFailure.Of(e).Code, _closing.Token);
            }
            catch (OperationCanceledException)
            {
                // Disposed, or the operation has ended: nobody listens any more.
            }
#pragma warning disable CA1031 // The transport may have failed; the handler decides what that means to the host.
            catch (Exception late)
#pragma warning restore CA1031
            {
                _errors.Report(late);
            }
        }
    }
}
