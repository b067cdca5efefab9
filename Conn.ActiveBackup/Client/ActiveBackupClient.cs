using System.Runtime.CompilerServices;
using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>A data owner's connection to the engine, for one operation.</summary>
/// <remarks>
/// <para>Connect when the mode is backup or restore, prepare, confirm; dispose when the mode is Normal again. A client that outlives its
/// operation is stale: every call fails with <see cref="ErrorCode.ServerTerminated"/>. <see cref="DataOwnerParticipant"/> does all of this.</para>
/// <para>The lease is kept here: when the engine is not heard of for <see cref="ActiveBackupClientOptions.Lease"/>, the owner gets its
/// <see cref="IActiveBackupDataClient.TerminateMultiStageOperationAsync"/>, and <see cref="Ended"/> gives <see cref="ErrorCode.LeaseExpired"/>.</para>
/// <para>All members may be called from any thread, also inside a callback. Source: CActiveBackupClient.</para>
/// </remarks>
public sealed class ActiveBackupClient : IAsyncDisposable
{
    /// <summary>The queue by which each data client was connected last; a data client that is no longer used takes its entry with it.</summary>
    private static readonly ConditionalWeakTable<IActiveBackupDataClient, OwnerQueue> LastQueues = [];

    private readonly OwnerEndpoint _endpoint;
    private readonly IEngineSession _session;
    private readonly ErrorReporter _errors;

    private ActiveBackupClient(OwnerEndpoint endpoint, IEngineSession session, ErrorReporter errors)
    {
        _endpoint = endpoint;
        _session = session;
        _errors = errors;
    }

    /// <summary>Completes with the reason when the session has ended: Success after the operation, LeaseExpired when the lease ran out, Cancel after
    /// dispose.</summary>
    public Task<ErrorCode> Ended => _endpoint.Ended;

    /// <summary>Cancelled, on the client's scheduler, when the session has ended: what the owner does for its operation has no use any more.</summary>
    internal CancellationToken Over => _endpoint.Over;

    /// <summary>Connects an owner that wants to be called back, or (null) one that does not.</summary>
    /// <param name="transport">The way to the engine.</param>
    /// <param name="owner">The owner's id, registered with the engine.</param>
    /// <param name="client">The callbacks; null for none: the owner is quiet while others are backed up, and nothing is asked of it.</param>
    /// <param name="options">Scheduler, clock, lease; null, the default, for their defaults.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The connected client.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>: no engine runs. <see cref="ErrorCode.NotFound"/>: the owner is not
    /// registered. <see cref="ErrorCode.InUse"/>: this owner is connected already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A member of the options is out of its range.</exception>
    /// <remarks>A callback that was given up in an earlier operation may still run: until it returns, the same data client takes part in nothing else, and this
    /// waits. So do not await it inside a callback of the same data client. Source: CActiveBackupClient::NewL(MActiveBackupDataClient*), and
    /// CActiveBackupClient::NewL() for null.</remarks>
    public static async ValueTask<ActiveBackupClient> ConnectAsync(IActiveBackupTransport transport, SecureId owner, IActiveBackupDataClient? client,
        ActiveBackupClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ActiveBackupClientOptions();
        ErrorReporter errors = new(options.OnError);
        OwnerQueue? queue = QueueFor(client, options, errors.Report, errors.Report);
        if (client is not null && queue is not null)
        {
            await (LastQueues.TryGetValue(client, out OwnerQueue? last) ? last.WhenIdle.WaitAsync(cancellationToken) : Task.CompletedTask);
            LastQueues.AddOrUpdate(client, queue);
        }

        return await ConnectAsync(transport, owner, queue, options, errors, cancellationToken);
    }

    /// <summary>Gets the current operation: its drives, its part type and increment type.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>In Normal: no drives, and the mode Normal.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.ServerTerminated"/>: the session has ended.</exception>
    /// <remarks>Source: CActiveBackupClient::BURModeInfoL.</remarks>
    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken = default)
    {
        _endpoint.ThrowIfEnded();
        return _session.BurModeInfoAsync(cancellationToken);
    }

    /// <summary>Gets whether this owner takes part in the current operation.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Full: true. Partial: whether it is on this operation's list. No operation: false.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.ServerTerminated"/>: the session has ended.</exception>
    /// <remarks>Source: CActiveBackupClient::DoesPartialBURAffectMeL.</remarks>
    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken = default)
    {
        _endpoint.ThrowIfEnded();
        return _session.DoesPartialBurAffectMeAsync(cancellationToken);
    }

    /// <summary>Confirms that the owner is ready, or that it cannot continue. Data is asked for only after it. May be repeated, also inside a
    /// callback.</summary>
    /// <param name="code"><see cref="ErrorCode.Success"/> when ready; any other code makes the owner Failed with it at once, and the report names it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the engine has recorded it.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.ServerTerminated"/>: the session has ended. <see cref="IllegalEventException"/>: the owner failed
    /// before.</exception>
    /// <remarks>Source: CActiveBackupClient::ConfirmReadyForBURL.</remarks>
    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken = default)
    {
        _endpoint.ThrowIfEnded();
        return _endpoint.ConfirmAsync(_session, code, cancellationToken);
    }

    /// <summary>Reports that a long callback, or a long preparation, makes progress: the engine's no-progress watch starts again. Never waits, never
    /// throws: what a transport throws here goes to <see cref="ActiveBackupClientOptions.OnError"/>.</summary>
    public void ReportProgress()
    {
        try
        {
            _session.ReportProgress();
        }
#pragma warning disable CA1031 // A session of a foreign transport may throw anything; a report of progress must not end the owner's work.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _errors.Report(e);
        }
    }

    /// <summary>Closes the connection. Legal inside a callback: the callback's result is then ignored.</summary>
    /// <returns>Completes when the engine no longer counts on this owner.</returns>
    public async ValueTask DisposeAsync()
    {
        _endpoint.End(ErrorCode.Cancel);
        await _session.DisposeAsync();
    }

    /// <summary>If the engine is gone, ends the session and terminates the owner. Never waits, never throws.</summary>
    internal void EndIfLost()
    {
        if (_session.IsLost)
        {
            _endpoint.Lose();
        }
    }

    /// <summary>The queue of an owner's calls; null for an owner without callbacks.</summary>
    internal static OwnerQueue? QueueFor(
        IActiveBackupDataClient? client, ActiveBackupClientOptions options, Action<Exception> escaped, Action<Exception> thrown)
    {
        options.Validate();
        if (client is null)
        {
            return null;
        }

        IOwnerChannel calls = new DataClientDispatcher(client);
        return new OwnerQueue(options.Layer?.Invoke(calls) ?? calls, options.Scheduler, escaped, thrown);
    }

    /// <summary>Connects by a queue that may serve other connections of the same owner before and after this one.</summary>
    internal static async ValueTask<ActiveBackupClient> ConnectAsync(IActiveBackupTransport transport, SecureId owner, OwnerQueue? queue,
        ActiveBackupClientOptions options, ErrorReporter errors, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        OwnerEndpoint endpoint = new(options.Name ?? owner.ToString(), queue, options, errors);
        try
        {
            OwnerConnection connection = new(owner, endpoint) { HasCallbacks = endpoint.HasCallbacks, Lease = options.Lease, Name = options.Name };
            IEngineSession session = await transport.ConnectAsync(connection, cancellationToken)
                ?? throw new ConnException(ErrorCode.General, $"Owner {owner} is not connected: the transport returned no session.");
            endpoint.Connected(session);
            return new ActiveBackupClient(endpoint, session, errors);
        }
        catch
        {
            endpoint.End(ErrorCode.Cancel);
            throw;
        }
    }
}
