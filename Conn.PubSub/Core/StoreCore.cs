using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub.Delivering;
using Conn.PubSub.Replication;
using Conn.PubSub.Subscriptions;
using Conn.PubSub.Watching;

namespace Conn.PubSub.Core;

/// <summary>What all parts of a store share. Invariant: no user code runs while <see cref="Lock"/> is held, and nothing under it grows with what one client has.</summary>
internal sealed class StoreCore
{
    private readonly ConditionalWeakTable<IScheduler, Dispatcher> _dispatchers = [];
    private readonly Action<Exception>? _observerFailed;
    private readonly Func<int, byte[]> _allocate;
    private long _observerFailures;
    private volatile bool _isDisposed;

    /// <summary>The revision of the newest publish or delete. Written under the lock, together with the value.</summary>
    public long Revision;

    public StoreCore(PropertyStoreOptions options)
    {
        _observerFailed = options.ObserverFailed;
        _allocate = options.Allocate;
        Enforces = options.EnforcePolicies;
        Table = new PropertyTable(options.MaxNames);
        DefaultDispatcher = new Dispatcher(this, options.Scheduler);
        if (options.Scheduler is { } scheduler)
        {
            _dispatchers.Add(scheduler, DefaultDispatcher);
        }

        Completions = new CompletionPump(this);
        Watches = new Watches(this, options);
        Persistence = options.Persistence is { } persistence ? new PersistedChanges(this, persistence) : null;
    }

    /// <summary>Differs from that of every other store: revisions of two stores cannot be compared.</summary>
    public Guid Instance { get; } = Guid.NewGuid();

    /// <summary>Guards everything that changes. A reader of values does not take it.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Whether each change is recorded by a watch's history or by a scan. Under the lock.</summary>
    public bool IsRecorded { get; private set; }

    public bool Enforces { get; }

    public PropertyTable Table { get; }

    public Dispatcher DefaultDispatcher { get; }

    public CompletionPump Completions { get; }

    public Watches Watches { get; }

    /// <summary>Null for a store that persists nothing.</summary>
    public PersistedChanges? Persistence { get; }

    public long ObserverFailures => Volatile.Read(ref _observerFailures);

    public bool IsDisposed
    {
        get => _isDisposed;
        set => _isDisposed = value;
    }

    public void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, typeof(PropertyStore));

    public Dispatcher DispatcherFor(IScheduler? scheduler) => scheduler is null
        ? DefaultDispatcher
        : _dispatchers.GetValue(scheduler, s => new Dispatcher(this, s));

    /// <summary>Counts an exception, and passes it to the handler. Outside the lock.</summary>
    public void Report(Exception exception)
    {
        Interlocked.Increment(ref _observerFailures);
        try
        {
            _observerFailed?.Invoke(exception);
        }
#pragma warning disable CA1031 // A handler that fails must not hurt the publisher; the failure is counted.
        catch (Exception)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _observerFailures);
        }
    }

    /// <summary>Lets threads that wait for the lock have it: called between two of many holds, because the lock is not fair.</summary>
    public static void GiveWay()
    {
        // Some microseconds, a few times as long as a hold; then the processor itself, for a thread that waits on this one.
        SpinWait pause = default;
        while (!pause.NextSpinWillYield)
        {
            pause.SpinOnce(-1);
        }

        pause.SpinOnce(-1);
    }

    /// <summary>Called when the history or a scan has begun or ended. Under the lock.</summary>
    public void UpdateRecorded() => IsRecorded = Watches.IsRecording || Table.IsScanned;

    /// <summary>The node of a name, made when absent, with one more reference. Under the lock.</summary>
    public PropertyNode Refer(PropertyName name)
    {
        ThrowIfDisposed();
        PropertyNode node = Table.FindOrAdd(name) ?? throw new ConnException(
            ErrorCode.NoMemory, $"The store has {Table.MaxNames} names, its maximum (MaxNames); {name} would be one more. Dispose handles on undefined names.");
        node.References++;
        return node;
    }

    /// <summary>Gives a reference back. Under the lock.</summary>
    public void Release(PropertyNode node)
    {
        node.References--;
        Table.RemoveIfUnused(node);
    }

    /// <summary>The array for a value; null when there is no memory. It grows to exactly the new length.</summary>
    public byte[]? TryAllocate(int length)
    {
        try
        {
            return length == 0 ? [] : _allocate(length);
        }
        catch (OutOfMemoryException)
        {
            // An outcome of its own: NoMemory. The old value stays.
            return null;
        }
    }

    /// <summary>Starts what a change needs, except the delivery to inline observers. Outside the lock.</summary>
    public void Start(in PendingWork work)
    {
        // First: no code of users runs in it, and an observer that runs at once may keep this thread while other changes wait to be fed.
        ReplicaSource? copy = work.Copies;
        while (copy is not null)
        {
            // The link is free for other threads as soon as the copy is fed.
            ReplicaSource? next = copy.NextToFeed;
            copy.NextToFeed = null;
            copy.Feed();
            copy = next;
        }

        Dispatcher? dispatcher = work.Dispatchers;
        while (dispatcher is not null)
        {
            // As above.
            Dispatcher? next = dispatcher.NextToStart;
            dispatcher.NextToStart = null;
            dispatcher.Start();
            dispatcher = next;
        }

        if (work.Completions)
        {
            Completions.Start();
        }

        if (work.Persist)
        {
            Persistence!.Notify();
        }
    }
}
