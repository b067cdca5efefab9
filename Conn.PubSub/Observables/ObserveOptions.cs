using System.Reactive.Concurrency;

namespace Conn.PubSub.Observables;

/// <summary>How an observer is called, and of what it is told. The first element, what is current, is always told.</summary>
public sealed record ObserveOptions
{
    /// <summary>On whose thread. Default <see cref="Delivery.Queued"/>.</summary>
    public Delivery Delivery { get; init; }

    /// <summary>Where queued deliveries run; null, the default, means the store's scheduler. Ignored when inline.</summary>
    public IScheduler? Scheduler { get; init; }

    /// <summary>
    /// 0, the default: only the latest element waits for a queued observer. Else how many wait, 1 to 65536: every publish is told, and
    /// of an observer that falls further behind the oldest are dropped, see <see cref="PropertyChange.Dropped"/>. Ignored when inline.
    /// </summary>
    /// <remarks>The room is set aside once for each property, for the largest that its observers ask for.</remarks>
    public int Buffer { get; init; }

    /// <summary>When true, an element with the same content as the last one told is passed over. Default false: the same value notifies.</summary>
    public bool Distinct { get; init; }

    /// <summary>When true, what the same client published or deleted, by name or by its handles, is passed over. Default false.</summary>
    public bool SkipOwn { get; init; }
}
