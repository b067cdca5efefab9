using Conn.PubSub.Core;
using Conn.PubSub.Security;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>The state bus of one process: named values with policies, one-shot subscriptions, streams and watches.</summary>
/// <remarks>
/// All members are safe for several threads. The creator of the store mints identities and hands out clients; every operation goes through a
/// <see cref="PropertyClient"/>. Publishing is totally ordered in the whole store.
/// </remarks>
public sealed class PropertyStore : IPropertyStore, IDisposable
{
    private readonly StoreCore _core;
    private int _clients;

    /// <summary>Makes a store: empty, or with what its persistence has.</summary>
    /// <param name="options">How it behaves; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options is out of its range.</exception>
    /// <exception cref="ConnException">The persistence could not be read: Corrupt, or InUse by another store.</exception>
    public PropertyStore(PropertyStoreOptions? options = null)
    {
        options ??= new PropertyStoreOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.HistoryEntries);
        ArgumentOutOfRangeException.ThrowIfNegative(options.HistoryBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxNames, 1);
        _core = new StoreCore(options);
        Publisher = new Publisher(_core);
        Reader = new Reader(_core);
        Definer = new Definer(_core, Publisher);
        Batches = new BatchPublisher(_core, Reader, Publisher);
        _core.Persistence?.Load();
        if (_core.Watches.HistoryEntries > 0)
        {
            _core.Watches.Start(_core.Watches.HistoryEntries);
        }
    }

    /// <inheritdoc/>
    public Revision Revision => new(Volatile.Read(ref _core.Revision));

    /// <inheritdoc/>
    public long ObserverFailures => _core.ObserverFailures;

    /// <summary>Gets <see cref="StoreLimits.None"/>.</summary>
    public StoreLimits Limits => StoreLimits.None;

    internal StoreCore Core => _core;

    internal Publisher Publisher { get; }

    internal Reader Reader { get; }

    internal Definer Definer { get; }

    internal BatchPublisher Batches { get; }

    /// <inheritdoc/>
    public ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0) => new(this, sid, capabilities, vendorId);

    /// <inheritdoc cref="IPropertyStore.MintIdentity(SecureId, ReadOnlySpan{Capability})"/>
    public ClientIdentity MintIdentity(SecureId sid, params ReadOnlySpan<Capability> capabilities) => MintIdentity(sid, CapabilitySet.Of(capabilities));

    /// <summary>Opens the store for an identity. Several clients may have the same identity.</summary>
    /// <param name="identity">An identity of this store.</param>
    /// <returns>The client. The caller disposes it; that ends its observations and deletes what it defined with <see cref="PropertyLifetime.Client"/>.</returns>
    /// <exception cref="ArgumentException">Another store made the identity.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public PropertyClient Open(ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        _core.ThrowIfDisposed();
        return identity.IsIssuedBy(this)
            ? Open(identity, Interlocked.Increment(ref _clients))
            : throw new ArgumentException("Another store made the identity; open that one.", nameof(identity));
    }

    /// <summary>Opens a copy of a store for a client that has a number in the other store.</summary>
    internal PropertyClient Open(ClientIdentity identity, int number) => new(this, identity, new ClientState(number));

    /// <summary>Makes an identity and opens the store for it.</summary>
    /// <param name="sid">The secure id of the component.</param>
    /// <param name="capabilities">Its capabilities; none by default.</param>
    /// <returns>As <see cref="Open(ClientIdentity)"/>.</returns>
    public PropertyClient Open(SecureId sid, params ReadOnlySpan<Capability> capabilities) => Open(MintIdentity(sid, capabilities));

    ValueTask<IPropertyClient> IPropertyStore.OpenAsync(ClientIdentity identity, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(Open(identity));
    }

    /// <summary>Lists the outstanding subscriptions, observations and watches, for diagnostics.</summary>
    /// <returns>One entry for each, by name; watches last. Entries of one property are of the same moment.</returns>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public IReadOnlyList<SubscriptionInfo> ListSubscriptions() => SubscriptionList.Read(_core);

    ValueTask<IReadOnlyList<SubscriptionInfo>> IPropertyStore.ListSubscriptionsAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(ListSubscriptions());
    }

    /// <summary>
    /// Ends the store: outstanding subscriptions complete with Cancel, streams end, all properties are undefined; persisted ones are kept by the persistence. Later calls
    /// throw <see cref="ObjectDisposedException"/>; disposing handles, clients and subscriptions stays legal.
    /// </summary>
    /// <exception cref="IOException">The last changes could not be persisted. The store has ended all the same.</exception>
    public void Dispose()
    {
        var work = default(PendingWork);
        var inline = new List<PropertyNode>();
        PersistedState? last;
        lock (_core.Lock)
        {
            if (_core.IsDisposed)
            {
                return;
            }

            // In the hold in which the last publish is refused, so that no accepted one is missing.
            last = _core.Persistence?.TakeLast();
            for (PropertyNode? node = _core.Table.First; node is not null; node = node.Next)
            {
                _core.Table.Changing(node);
                Definer.EndAll(node, ref work);
                if (work.Inline)
                {
                    inline.Add(node);
                }

                node.Definition = null;
            }

            _core.Watches.EndAll(ref work);
            _core.IsDisposed = true;
        }

        _core.Start(work);
        inline.ForEach(node => node.Inline.DeliverCurrent(_core, node));
        if (last is not null)
        {
            _core.Persistence!.Close(last);
        }
    }

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A task that is completed.</returns>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }
}
