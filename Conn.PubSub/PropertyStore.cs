using System.Collections.Concurrent;
using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub.Observables;
using Conn.PubSub.Persistence;
using Conn.PubSub.Security;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>The state bus of one process: named values with policies, one-shot subscriptions, streams and watches.</summary>
/// <remarks>
/// All members are safe from any thread. Its creator mints identities and hands out clients; every operation goes through a
/// <see cref="PropertyClient"/>. Publishing is totally ordered in the whole store.
/// </remarks>
public sealed partial class PropertyStore : IPropertyStore
{
    private readonly ConcurrentDictionary<PropertyName, PropertyNode> _nodes = new();
    private readonly ConditionalWeakTable<IScheduler, Dispatcher> _dispatchers = [];
    private readonly Action<Exception>? _observerFailed;
    private readonly Func<int, byte[]> _allocate;
    private readonly bool _enforce;
    private readonly int _maxNames;
    private readonly CompletionPump _completions;
    private long _observerFailures;
    private long _revision;
    private int _names;
    private int _clients;
    private volatile bool _disposed;

    /// <summary>Makes a store: empty, or with what its file holds.</summary>
    /// <param name="options">How it behaves; null for the defaults.</param>
    /// <exception cref="ConnException">
    /// Corrupt: the file of persisted properties is not one, or is damaged; it is left as it is. InUse: another store has it.
    /// </exception>
    /// <exception cref="IOException">The file could not be read, or written: it takes the revisions to come before they are handed out.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A number among the options is negative, or no name is allowed.</exception>
    public PropertyStore(PropertyStoreOptions? options = null)
    {
        options ??= new PropertyStoreOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.HistoryEntries);
        ArgumentOutOfRangeException.ThrowIfNegative(options.HistoryBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxNames, 1);
        _enforce = options.EnforcePolicies;
        _observerFailed = options.ObserverFailed;
        _allocate = options.Allocate;
        _maxNames = options.MaxNames;
        _historyBytes = options.HistoryBytes;
        DefaultDispatcher = new Dispatcher(this, options.Scheduler);
        if (options.Scheduler is not null)
        {
            _dispatchers.Add(options.Scheduler, DefaultDispatcher);
        }

        _completions = new CompletionPump(this);
        if (options.PersistencePath is { } path)
        {
            _persisted = Restore(path);
        }

        if (options.HistoryEntries > 0)
        {
            StartHistory(options.HistoryEntries);
        }
    }

    /// <inheritdoc/>
    public Stamp Revision => new(Volatile.Read(ref _revision));

    /// <inheritdoc/>
    public long ObserverFailures => Volatile.Read(ref _observerFailures);

    /// <summary>None.</summary>
    public StoreLimits Limits => StoreLimits.None;

    /// <summary>Guards the table, every node, every value's writing, the revision, the history and all lists. Never held while user code runs.</summary>
    internal Gate Gate { get; } = new();

    internal Dispatcher DefaultDispatcher { get; }

    /// <summary>Makes an identity without capabilities.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <returns>An identity for this store only.</returns>
    public ClientIdentity MintIdentity(SecureId sid) => MintIdentity(sid, CapabilitySet.Empty);

    /// <inheritdoc/>
    public ClientIdentity MintIdentity(SecureId sid, params ReadOnlySpan<Capability> capabilities) => MintIdentity(sid, CapabilitySet.Of(capabilities));

    /// <inheritdoc/>
    public ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0) => new(this, sid, capabilities, vendorId);

    /// <summary>Opens the store for somebody. Any number of clients may share an identity.</summary>
    /// <param name="identity">Minted by this store.</param>
    /// <returns>The client; its disposal ends what was defined to last as long as it.</returns>
    /// <exception cref="ArgumentException">Another store minted it.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public PropertyClient Open(ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return identity.IsIssuedBy(this)
            ? new PropertyClient(this, identity, Interlocked.Increment(ref _clients))
            : throw new ArgumentException("The identity was minted by another store; open that one.", nameof(identity));
    }

    IPropertyClient IPropertyStore.Open(ClientIdentity identity) => Open(identity);

    /// <inheritdoc/>
    public void Flush()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _persisted?.Write();
    }

    /// <summary>
    /// Ends the store: outstanding subscriptions complete with Cancel, streams end, all properties are gone; persisted ones stay in the
    /// file, which is written first when it has to be. Later calls throw <see cref="ObjectDisposedException"/>; disposing handles,
    /// clients and observations stays legal.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        var announcement = default(Announcement);
        var deliveries = new List<InlineDelivery>();
        StoredChanges? last;
        using (Gate.Take())
        {
            if (_disposed)
            {
                return;
            }

            // In the hold in which the last publish is refused, so that none that was accepted is missing.
            last = _persisted is null ? null : TakeStoredChanges();
            _disposed = true;
            foreach (PropertyNode node in _nodes.Values)
            {
                node.Definition = null;
                EndAll(node, Ending.Completed, null, ErrorCode.Cancel, ref announcement);
                InlineDelivery.Note(deliveries, node, ref announcement, default, Observation.Nothing);
            }

            EndWatches(ref announcement);
        }

        if (last is not null)
        {
            _persisted!.WriteLast(last);
        }

        CarryOut(announcement);
        deliveries.ForEach(d => d.Deliver(this));
    }

    internal Dispatcher DispatcherFor(IScheduler? scheduler) => scheduler is null
        ? DefaultDispatcher
        : _dispatchers.GetValue(scheduler, s => new Dispatcher(this, s));

    internal void Report(Exception exception)
    {
        Interlocked.Increment(ref _observerFailures);
        try
        {
            _observerFailed?.Invoke(exception);
        }
#pragma warning disable CA1031 // A failing failure handler must not reach the publisher; it is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _observerFailures);
        }
    }

    /// <summary>The node of a name, made when absent, with one more reference. Under the gate.</summary>
    internal PropertyNode Refer(PropertyName name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        PropertyNode node = Node(name)
            ?? throw new ConnException(ErrorCode.NoMemory, $"The store knows {_names} names, the most it may (MaxNames); {name} would be one more. Close handles on undefined names.");
        node.References++;
        return node;
    }

    /// <summary>Gives a reference back. Under the gate.</summary>
    internal void Release(PropertyNode node)
    {
        node.References--;
        Forget(node);
    }

    /// <summary>Null when there are as many as there may be.</summary>
    private PropertyNode? Node(PropertyName name)
    {
        if (_nodes.TryGetValue(name, out PropertyNode? known) || _names == _maxNames)
        {
            return known;
        }

        var node = new PropertyNode(name);
        _nodes[name] = node;
        _names++;
        return node;
    }

    private void Forget(PropertyNode node)
    {
        if (node.References == 0 && node.Definition is null && _nodes.TryRemove(new KeyValuePair<PropertyName, PropertyNode>(node.Name, node)))
        {
            _names--;
        }
    }
}
