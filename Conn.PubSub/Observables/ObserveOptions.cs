using System.Reactive.Concurrency;

namespace Conn.PubSub.Observables;

/// <summary>How an observer is called.</summary>
public sealed record ObserveOptions
{
    /// <summary>On whose thread. Default <see cref="Delivery.Queued"/>.</summary>
    public Delivery Delivery { get; init; }

    /// <summary>Where queued deliveries run; null, the default, means the store's scheduler. Ignored when inline.</summary>
    public IScheduler? Scheduler { get; init; }
}
