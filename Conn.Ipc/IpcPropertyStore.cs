using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>The state bus of a server, in another process of the same machine: <see cref="IPropertyStore"/> over a Unix domain socket.</summary>
/// <remarks>
/// Attached and observed properties have a replica in this process, so their reads are synchronous. The server pushes changes in the order of their revisions; a process
/// that is slower than the publishers gets the latest value of each property. A publish returns after the replica has it.
/// <para>When the connection is lost, the store connects again by itself (<see cref="IpcClientOptions.ReconnectFor"/>). Calls that were under way, and those made
/// meanwhile, fail with <see cref="ErrorCode.ServerTerminated"/>; none is sent a second time, so whether a publish under way took effect is not known. Reads of attached
/// properties give the last known values. Then handles, streams, subscriptions and watches go on: what changed meanwhile comes as one change of each property, a watch
/// goes on in the history or ends with <see cref="PropertyEventKind.TooOld"/>. What a client had defined with <see cref="PropertyLifetime.Client"/> is deleted with
/// the connection.</para>
/// <para>If another store is served now, because the server was started again, every property of the first one counts as deleted, subscriptions complete with
/// ServerTerminated, watches end with TooOld, and revisions go on rising. If the store gives up, subscriptions complete with ServerTerminated, streams and watches
/// end, and it is as if it were disposed.</para>
/// </remarks>
public sealed class IpcPropertyStore : IPropertyStore
{
    private readonly BusConnection _connection;

    private IpcPropertyStore(BusConnection connection) => _connection = connection;

    /// <inheritdoc/>
    public Revision Revision => _connection.Mirror.Revision;

    /// <inheritdoc/>
    public long ObserverFailures => _connection.Mirror.ObserverFailures;

    /// <summary>Gets that a publish is a round trip, that reads and publishes may allocate, and that there is no inline delivery.</summary>
    public StoreLimits Limits => StoreLimits.NoBoundedTimeSet | StoreLimits.NoInlineDelivery | StoreLimits.Allocates;

    /// <summary>Gets how the store stands with its server. Any thread.</summary>
    public IpcConnectionState ConnectionState => _connection.States.Now;

    /// <summary>Gets the stream of <see cref="ConnectionState"/>: the present state first, then each change, on the store's scheduler; it completes after Ended. A slow
    /// observer gets the latest state only.</summary>
    public IObservable<IpcConnectionState> ConnectionStates => _connection.States.All;

    /// <summary>Gets why the last attempt to connect again failed; null while connected, and before the first attempt has failed. Any thread.</summary>
    public Exception? ConnectionFailure => _connection.States.Failure;

    internal BusConnection Connection => _connection;

    /// <summary>Connects to a server.</summary>
    /// <param name="options">Where it is; null for the defaults.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The store; the caller disposes it.</returns>
    /// <exception cref="ConnException">NotFound: no server listens there. AccessDenied: the server refuses this user. NotSupported: the server speaks another version, or
    /// has no bus. TimedOut: it did not answer in time.</exception>
    public static async Task<IpcPropertyStore> ConnectAsync(IpcClientOptions? options = null, CancellationToken cancellationToken = default) =>
        // Not in the context of the caller, which may be blocked or slow.
        new(await Task.Run(() => BusConnection.OpenAsync(options ?? new IpcClientOptions(), cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0) => new(this, sid, capabilities, vendorId);

    /// <inheritdoc cref="IPropertyStore.OpenAsync"/>
    /// <exception cref="ConnException">PermissionDenied: this user may not have the identity. TooBig: it has its share of clients.</exception>
    public async ValueTask<IPropertyClient> OpenAsync(ClientIdentity identity, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(identity);
        cancellationToken.ThrowIfCancellationRequested();
        PropertyStore mirror = _connection.Mirror;
        mirror.Core.ThrowIfDisposed();
        if (!identity.IsIssuedBy(this))
        {
            throw new ArgumentException("Another store made the identity; open that one.", nameof(identity));
        }

        (int number, BusLine line) = await _connection.CallAsync(
            server => server.OpenAsync(identity.SecureId.Value, identity.Capabilities.Bits, identity.VendorId, cancellationToken));
        PropertyClient local = mirror.Open(mirror.MintIdentity(identity.SecureId, identity.Capabilities, identity.VendorId), _connection.NextClient());
        line.Writers[number] = local.Access.Writer;
        IpcPropertyClient client = new(_connection, identity, local, line, number);
        if (!_connection.TryAdd(client))
        {
            local.Dispose();
            throw new ConnException(ErrorCode.ServerTerminated, "The connection to the server was lost before the client was open. Open it again.");
        }

        return client;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SubscriptionInfo>> ListSubscriptionsAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _connection.Mirror.Core.ThrowIfDisposed();
        await _connection.JoinedAsync();
        (WireSubscription[] others, BusLine by) = await _connection.CallAsync(server => server.ListSubscriptionsAsync(cancellationToken));
        return
        [
            .. others.Select(s => new SubscriptionInfo(
                    (SubscriptionKind)s.Kind, s.Name?.Read(), s.Category, new SecureId(s.Subscriber), new Revision(by.ToClient(s.Delivered)), s.Dropped))
                .Concat(_connection.Mirror.ListSubscriptions())
                .OrderBy(static s => s.Name is null).ThenBy(static s => s.Name?.Category).ThenBy(static s => s.Name?.Key).ThenBy(static s => s.Category),
        ];
    }

    /// <summary>Closes the connection: outstanding subscriptions complete with Cancel, streams and watches end, clients close. It waits for the server for a bounded time.</summary>
    /// <returns>Completes when it is closed.</returns>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
