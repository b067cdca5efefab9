using Conn.ActiveBackup.Contract;
using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>A data owner's connection to the engine, for one operation.</summary>
/// <remarks>
/// <para>Connect when the mode says backup or restore, prepare, confirm; dispose when the mode is Normal again. A client that outlives its
/// operation is stale: every call fails with <see cref="ErrorCode.ServerTerminated"/>.</para>
/// <para>The lease lives here: when the engine is not heard of for <see cref="ActiveBackupClientOptions.Lease"/>, the owner gets its
/// <see cref="IActiveBackupDataClient.TerminateMultiStageOperationAsync"/> and <see cref="Ended"/> tells <see cref="ErrorCode.LeaseExpired"/>.</para>
/// <para>All members may be called from any thread, also inside a callback. Source: CActiveBackupClient.</para>
/// </remarks>
public sealed class ActiveBackupClient : IAsyncDisposable
{
    private readonly OwnerEndpoint _endpoint;
    private readonly IEngineSession _session;

    private ActiveBackupClient(OwnerEndpoint endpoint, IEngineSession session)
    {
        _endpoint = endpoint;
        _session = session;
    }

    /// <summary>Completes with the reason when the session has ended: None after the operation, LeaseExpired when the owner freed itself, Cancel after dispose.</summary>
    public Task<ErrorCode> Ended => _endpoint.Ended;

    /// <summary>Cancelled, on the client's scheduler, when the session has ended: what the owner does for its operation is of no use any more.</summary>
    internal CancellationToken Over => _endpoint.Over;

    /// <summary>Completes when no callback of it runs any more. Who connects the same callbacks again waits for it: they come one at a time.</summary>
    internal Task Quiet => _endpoint.Quiet;

    /// <summary>Connects an owner that wants to be called back, or (null) one that does not.</summary>
    /// <param name="transport">The way to the engine.</param>
    /// <param name="owner">The owner's id, registered with the engine.</param>
    /// <param name="client">The callbacks; null for none: the owner is quiet while others are backed up, and nothing is asked of it.</param>
    /// <param name="options">Scheduler, clock, lease.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The connected client.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>: no engine runs. <see cref="ErrorCode.NotFound"/>: the owner is not
    /// registered. <see cref="ErrorCode.InUse"/>: this owner is connected already.</exception>
    /// <remarks>Source: CActiveBackupClient::NewL(MActiveBackupDataClient*).</remarks>
    public static async ValueTask<ActiveBackupClient> ConnectAsync(IActiveBackupTransport transport, SecureId owner,
        IActiveBackupDataClient? client, ActiveBackupClientOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(options);
        OwnerEndpoint endpoint = new(owner, client, options);
        try
        {
            IEngineSession session = await transport.ConnectAsync(owner, endpoint, cancellationToken);
            endpoint.Connected(session);
            return new ActiveBackupClient(endpoint, session);
        }
        catch
        {
            endpoint.Dispose();
            throw;
        }
    }

    /// <summary>Connects an owner without callbacks.</summary>
    /// <param name="transport">The way to the engine.</param>
    /// <param name="owner">The owner's id, registered with the engine.</param>
    /// <param name="options">Scheduler, clock, lease.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The connected client.</returns>
    /// <exception cref="ConnException">As the other form.</exception>
    /// <remarks>Source: CActiveBackupClient::NewL().</remarks>
    public static ValueTask<ActiveBackupClient> ConnectAsync(IActiveBackupTransport transport, SecureId owner,
        ActiveBackupClientOptions options, CancellationToken cancellationToken) => ConnectAsync(transport, owner, null, options, cancellationToken);

    /// <summary>The operation that is going on: its drives, its part type and increment type.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>In Normal: no drives, and the mode Normal.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.ServerTerminated"/>: the session has ended.</exception>
    /// <remarks>Source: CActiveBackupClient::BURModeInfoL.</remarks>
    public ValueTask<BurModeInfo> BurModeInfoAsync(CancellationToken cancellationToken)
    {
        _endpoint.ThrowIfEnded();
        return _session.BurModeInfoAsync(cancellationToken);
    }

    /// <summary>Whether this owner takes part in the operation that is going on.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Full: true. Partial: whether it is on this operation's list. No operation: false.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.ServerTerminated"/>: the session has ended.</exception>
    /// <remarks>Source: CActiveBackupClient::DoesPartialBURAffectMeL.</remarks>
    public ValueTask<bool> DoesPartialBurAffectMeAsync(CancellationToken cancellationToken)
    {
        _endpoint.ThrowIfEnded();
        return _session.DoesPartialBurAffectMeAsync(cancellationToken);
    }

    /// <summary>Tells the engine that the owner is ready, or that it cannot go on. Data is asked for only after it. May be repeated.</summary>
    /// <param name="code"><see cref="ErrorCode.None"/> when ready; any other code makes the owner Failed with it, and the report names it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Completes when the engine knows.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.ServerTerminated"/>: the session has ended. <see cref="IllegalEventException"/>: the owner failed before.</exception>
    /// <remarks>Source: CActiveBackupClient::ConfirmReadyForBURL.</remarks>
    public ValueTask ConfirmReadyForBurAsync(ErrorCode code, CancellationToken cancellationToken)
    {
        _endpoint.ThrowIfEnded();
        return _endpoint.ConfirmAsync(_session, code, cancellationToken);
    }

    /// <summary>Says that a long callback, or a long preparation, is alive: the engine's no-progress watch starts anew. Never waits, never throws.</summary>
    public void ReportProgress() => _session.ReportProgress();

    /// <summary>Closes the connection. Legal inside a callback: the callback's result is then ignored.</summary>
    /// <returns>Completes when the engine no longer counts on this owner.</returns>
    public async ValueTask DisposeAsync()
    {
        _endpoint.Dispose();
        await _session.DisposeAsync();
    }
}
