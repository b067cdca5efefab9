using System.Reactive.Concurrency;

namespace Conn.PubSub;

/// <summary>Says how a store behaves. Read once, by the store's constructor.</summary>
public sealed record PropertyStoreOptions
{
    /// <summary>Gets where deliveries and completions run. Null, the default, means the thread pool, without an allocation for each wake-up.</summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>Gets whether policies are enforced. When false, every failed security check passes. Default: true.</summary>
    public bool EnforcePolicies { get; init; } = true;

    /// <summary>
    /// Gets the handler of exceptions that an observer or a scheduler threw; they are counted in any case. It is called outside every lock, on the thread of the
    /// delivery; what it throws is only counted. Default: null.
    /// </summary>
    public Action<Exception>? ObserverFailed { get; init; }

    /// <summary>
    /// Gets the number of publishes and deletes that the history keeps for watches, allocated at once. 0, the default: 1024, allocated when the first watch begins,
    /// so that no watch can begin at a revision before it.
    /// </summary>
    public int HistoryEntries { get; init; }

    /// <summary>Gets the bytes of byte values that the history keeps, allocated with it. Default: 65536. A larger value is not kept, and watches that reach it get
    /// TooOld.</summary>
    public int HistoryBytes { get; init; } = 65536;

    /// <summary>Gets the most names that the store has, defined or attached to: 1 or more. Default: 100000.</summary>
    public int MaxNames { get; init; } = 100_000;

    /// <summary>Gets where persisted properties are kept; null, the default: the store persists nothing. Used by one store at a time.</summary>
    public IPropertyPersistence? Persistence { get; init; }

    /// <summary>Allocates byte values. For tests that lack memory.</summary>
    internal Func<int, byte[]> Allocate { get; init; } = static length => new byte[length];
}
