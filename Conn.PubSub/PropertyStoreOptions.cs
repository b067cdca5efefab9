using System.Reactive.Concurrency;

namespace Conn.PubSub;

/// <summary>How a store behaves. Read once, by the store's constructor.</summary>
public sealed record PropertyStoreOptions
{
    /// <summary>Where queued deliveries and completions run. Null, the default, means the task pool, without an allocation per wake-up.</summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>When false, every failed security check passes. Default true.</summary>
    public bool EnforcePolicies { get; init; } = true;

    /// <summary>
    /// Told of every exception an observer, or a scheduler, threw; counted in any case. Called outside every lock, on the thread of the
    /// delivery; what it throws itself is only counted. Default null.
    /// </summary>
    public Action<Exception>? ObserverFailed { get; init; }

    /// <summary>
    /// How many publishes and deletes the history holds for watches, set aside at once. 0, the default: 1024, set aside when the first
    /// watch begins, so that a watch cannot begin at a revision before it.
    /// </summary>
    public int HistoryEntries { get; init; }

    /// <summary>How many bytes of byte values the history holds, set aside with it. Default 65536; a larger value is not kept, and watches that come to it are
    /// told TooOld.</summary>
    public int HistoryBytes { get; init; } = 65536;

    /// <summary>
    /// The file of persisted properties; made when absent, in a folder that is there. Null, the default: the store persists nothing. One
    /// store at a time has a file, and a lock on the same name with <c>.lock</c> says so; that file stays behind, empty.
    /// </summary>
    public string? PersistencePath { get; init; }

    /// <summary>Sets memory aside for byte values. For tests of its lack.</summary>
    internal Func<int, byte[]> Allocate { get; init; } = static length => new byte[length];

    /// <summary>How many names the store may know, defined or attached to. Default 100000.</summary>
    public int MaxNames { get; init; } = 100_000;
}
