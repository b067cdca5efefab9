using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Timing;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>A participant's connection for one operation after the other, by a transport that may hang or break: whatever becomes of one connection, the next
/// operation gets another.</summary>
/// <param name="transport">The way to the engine.</param>
/// <param name="owner">The owner's id.</param>
/// <param name="queue">Where the owner's calls go; null for an owner without callbacks.</param>
/// <param name="options">Clock and lease.</param>
/// <param name="errors">Receives what nobody else waits for.</param>
internal sealed class ParticipantConnection(
    IActiveBackupTransport transport, SecureId owner, OwnerQueue? queue, ActiveBackupClientOptions options, ErrorReporter errors)
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    // An engine of the same process answers; waiting for it needs no way out.
    private readonly bool _mayHang = transport is not InProcessTransport;
    private volatile ActiveBackupClient? _client;

    /// <summary>The client of the current operation, or null. Any thread.</summary>
    public ActiveBackupClient? Client => _client;

    /// <summary>Connects for as long as no newer mode is announced. A transport that ignores its token is left behind.</summary>
    /// <param name="newerMode">Waits for a newer mode.</param>
    /// <param name="closing">Gives up.</param>
    /// <exception cref="ConnException">TimedOut: the mode changed first. Or as the transport refuses.</exception>
    public async Task<ActiveBackupClient> OpenAsync(Func<Task> newerMode, CancellationToken closing)
    {
        if (!_mayHang)
        {
            return _client = await ActiveBackupClient.ConnectAsync(transport, owner, queue, options, errors, closing);
        }

        using CancellationTokenSource ends = CancellationTokenSource.CreateLinkedTokenSource(closing);
        Task<ActiveBackupClient> connecting = ActiveBackupClient.ConnectAsync(transport, owner, queue, options, errors, ends.Token).AsTask();
        await Task.WhenAny(connecting, newerMode());
        bool isLate = !connecting.IsCompleted;
        errors.Cancel(ends);
        if (!isLate)
        {
            return _client = await connecting;
        }

        _ = CloseLateAsync(connecting);
        closing.ThrowIfCancellationRequested();
        throw new OwnerLeftOutException(ErrorCode.TimedOut, $"Owner {owner} takes no part in this operation: the mode changed again before its connection was made.");
    }

    /// <summary>Waits for an answer of the engine, for as long as the session lasts.</summary>
    /// <exception cref="OperationCanceledException">The operation ended first.</exception>
    /// <exception cref="ConnException">LeaseExpired: nothing was heard of the engine. Or as the engine refuses.</exception>
    public async Task<T> AnswerAsync<T>(ActiveBackupClient client, ValueTask<T> asked)
    {
        if (!_mayHang)
        {
            return await asked;
        }

        Task<T> answer = WaitAsync(asked);
        await Task.WhenAny(answer, OverAsync(client));
        return answer.IsCompleted ? await answer : throw (client.Ended.Result == ErrorCode.LeaseExpired
            ? new OwnerLeftOutException(ErrorCode.LeaseExpired, $"Owner {owner} takes no part in this operation: the engine did not answer before the lease expired.")
            : new OperationCanceledException("The operation ended before the engine answered."));
    }

    /// <summary>Confirms, and waits as <see cref="AnswerAsync"/>.</summary>
    public Task ConfirmAsync(ActiveBackupClient client, ErrorCode code, CancellationToken closing)
    {
        return AnswerAsync(client, ConfirmedAsync());

        async ValueTask<bool> ConfirmedAsync()
        {
            await client.ConfirmReadyForBurAsync(code, closing);
            return true;
        }
    }

    /// <summary>Whether the engine says that an operation is going on. One that cannot be asked has none.</summary>
    public async Task<bool> IsOperatingAsync(CancellationToken closing)
    {
        try
        {
            return _client is { Ended.IsCompleted: false } client && !(await AnswerAsync(client, client.BurModeInfoAsync(closing))).Mode.IsIdle;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (ConnException e) when (e.Code == ErrorCode.ServerTerminated)
        {
            // Nothing else releases what the owner holds: closing the connection ends its lease.
            _client?.EndIfLost();
            return false;
        }
#pragma warning disable CA1031 // A connection that broke may throw anything; another one is made for this operation.
        catch (Exception e)
#pragma warning restore CA1031
        {
            errors.Report(e);
            return false;
        }
    }

    /// <summary>Closes the connection, if there is one, and waits for it, but not longer than 5 s. Never throws.</summary>
    public async Task CloseAsync()
    {
        if (_client is { } client)
        {
            _client = null;
            Task closing = CloseAsync(client);
            if (!await Countdown.WithinAsync(closing, CloseLimit, options.TimeProvider))
            {
                errors.Report(new ConnException(
                    ErrorCode.TimedOut, $"The connection of owner {owner} did not close within {CloseLimit.TotalSeconds:0} s; it is left behind."));
            }
        }
    }

    private static async Task<T> WaitAsync<T>(ValueTask<T> asked) => await asked;

    private static async Task OverAsync(ActiveBackupClient client) => await client.Ended;

    private async Task CloseLateAsync(Task<ActiveBackupClient> connecting)
    {
        try
        {
            await CloseAsync(await connecting);
        }
        catch (OperationCanceledException)
        {
            // Given up, as asked.
        }
#pragma warning disable CA1031 // The transport may throw anything; nobody else waits for this connection.
        catch (Exception e)
#pragma warning restore CA1031
        {
            errors.Report(e);
        }
    }

    private async Task CloseAsync(ActiveBackupClient client)
    {
        try
        {
            await client.DisposeAsync();
        }
#pragma warning disable CA1031 // A connection that broke may throw anything; it is closed all the same.
        catch (Exception e)
#pragma warning restore CA1031
        {
            errors.Report(e);
        }
    }
}
