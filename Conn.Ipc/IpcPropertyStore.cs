using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>The state bus of a server, in another process of the same machine: <see cref="IPropertyStore"/> over a Unix domain socket.</summary>
/// <remarks>
/// Attached and observed properties have a replica in this process, so their reads are synchronous. The server pushes changes in the order of their revisions; a process
/// that is slower than the publishers gets the latest value of each property. A publish returns after the replica has it. When the connection is lost, outstanding
/// subscriptions complete with <see cref="ErrorCode.ServerTerminated"/>, streams and watches end, and the store is as if it were disposed: connect a new one.
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

        int number = await _connection.CallAsync(
            server => server.OpenAsync(identity.SecureId.Value, identity.Capabilities.Bits, identity.VendorId, cancellationToken));
        PropertyClient local = mirror.Open(mirror.MintIdentity(identity.SecureId, identity.Capabilities, identity.VendorId), number);
        return new IpcPropertyClient(_connection, identity, number, local);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SubscriptionInfo>> ListSubscriptionsAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _connection.Mirror.Core.ThrowIfDisposed();
        await _connection.JoinedAsync();
        WireSubscription[] others = await _connection.CallAsync(server => server.ListSubscriptionsAsync(cancellationToken));
        return
        [
            .. others.Select(static s => new SubscriptionInfo(
                    (SubscriptionKind)s.Kind, s.Name?.Read(), s.Category, new SecureId(s.Subscriber), new Revision(s.Delivered), s.Dropped))
                .Concat(_connection.Mirror.ListSubscriptions())
                .OrderBy(static s => s.Name is null).ThenBy(static s => s.Name?.Category).ThenBy(static s => s.Name?.Key).ThenBy(static s => s.Category),
        ];
    }

    /// <summary>Closes the connection: outstanding subscriptions complete with Cancel, streams and watches end, clients close. It waits for the server for a bounded time.</summary>
    /// <returns>Completes when it is closed.</returns>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
