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
}
