using System.Collections.Concurrent;
using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>The state bus of one process: named values with policies, one-shot subscriptions and streams.</summary>
/// <remarks>
/// All members are safe from any thread. Its creator mints identities and hands out clients; every operation goes through a
/// <see cref="PropertyClient"/>. Publishing is totally ordered in the whole store.
/// </remarks>
public sealed partial class PropertyStore : IDisposable
{
    private readonly ConcurrentDictionary<PropertyName, PropertyNode> _nodes = new();
    private readonly ConditionalWeakTable<IScheduler, Dispatcher> _dispatchers = [];
    private readonly Action<Exception>? _observerFailed;
    private readonly bool _enforce;
    private readonly CompletionPump _completions;
    private long _observerFailures;
    private long _revision;
    private volatile bool _disposed;

    /// <summary>Makes an empty store.</summary>
    /// <param name="options">How it behaves; null for the defaults.</param>
    public PropertyStore(PropertyStoreOptions? options = null)
    {
        options ??= new PropertyStoreOptions();
        _enforce = options.EnforcePolicies;
        _observerFailed = options.ObserverFailed;
        DefaultDispatcher = new Dispatcher(this, options.Scheduler);
        if (options.Scheduler is not null)
        {
            _dispatchers.Add(options.Scheduler, DefaultDispatcher);
        }

        _completions = new CompletionPump(this);
    }

    /// <summary>The stamp of the newest publish or delete in the store; <see cref="Stamp.Never"/> before the first.</summary>
    public Stamp Revision => new(Volatile.Read(ref _revision));

    /// <summary>How many exceptions observers and schedulers threw since the store was made.</summary>
    public long ObserverFailures => Volatile.Read(ref _observerFailures);

    /// <summary>Guards the table, every node, every value's writing, the revision and all lists. Never held while user code runs.</summary>
    internal Lock Gate { get; } = new();

    internal Dispatcher DefaultDispatcher { get; }

    /// <summary>Makes an identity without capabilities.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <returns>An identity for this store only.</returns>
    public ClientIdentity MintIdentity(SecureId sid) => MintIdentity(sid, CapabilitySet.Empty);

    /// <summary>Makes an identity.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <param name="capabilities">What it may do.</param>
    /// <returns>An identity for this store only.</returns>
    public ClientIdentity MintIdentity(SecureId sid, params ReadOnlySpan<Capability> capabilities) => MintIdentity(sid, CapabilitySet.Of(capabilities));

    /// <summary>Makes an identity.</summary>
    /// <param name="sid">Its secure id.</param>
    /// <param name="capabilities">What it may do; legal ones only.</param>
    /// <param name="vendorId">Its vendor id; 0, the default, for none.</param>
    /// <returns>An identity for this store only.</returns>
    /// <exception cref="ArgumentException"><paramref name="capabilities"/> holds an unknown one.</exception>
    public ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0)
    {
        if (!capabilities.IsLegal)
        {
            throw new ArgumentException("Only the 20 known capabilities can be given.", nameof(capabilities));
        }

        return new ClientIdentity(this, sid, capabilities, vendorId);
    }

    /// <summary>Opens the store for somebody. Any number of clients may share an identity.</summary>
    /// <param name="identity">Minted by this store.</param>
    /// <returns>The client; it needs no disposal.</returns>
    /// <exception cref="ArgumentException">Another store minted it.</exception>
    /// <exception cref="ObjectDisposedException">The store is disposed.</exception>
    public PropertyClient Open(ClientIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return identity.Store == this
            ? new PropertyClient(this, identity)
            : throw new ArgumentException("The identity was minted by another store; open that one.", nameof(identity));
    }

    /// <summary>
    /// Ends the store: outstanding subscriptions complete with Cancel, streams end, all properties are gone. Later calls throw
    /// <see cref="ObjectDisposedException"/>; disposing handles and observations stays legal.
    /// </summary>
    public void Dispose()
    {
        var announcement = default(Announcement);
        var drains = new List<(PropertyNode Node, InlineObservation[] Observations)>();
        lock (Gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            foreach (PropertyNode node in _nodes.Values)
            {
                node.Definition = null;
                EndAll(node, Ending.Completed, null, ErrorCode.Cancel, ref announcement);
                if (announcement.Inline is { } inline)
                {
                    drains.Add((node, inline));
                    announcement.Inline = null;
                }
            }
        }

        CarryOut(announcement);
        foreach ((PropertyNode node, InlineObservation[] observations) in drains)
        {
            node.Inline.Drain(this, node, observations, default, Observation.Nothing);
        }
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
        PropertyNode node = Node(name);
        node.References++;
        return node;
    }

    /// <summary>Gives a reference back. Under the gate.</summary>
    internal void Release(PropertyNode node)
    {
        node.References--;
        Forget(node);
    }

    private PropertyNode Node(PropertyName name) => _nodes.GetOrAdd(name, static n => new PropertyNode(n));

    private void Forget(PropertyNode node)
    {
        if (node.References == 0 && node.Definition is null)
        {
            _nodes.TryRemove(new KeyValuePair<PropertyName, PropertyNode>(node.Name, node));
        }
    }
}
