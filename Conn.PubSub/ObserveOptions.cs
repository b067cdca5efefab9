using System.Reactive.Concurrency;

namespace Conn.PubSub;

/// <summary>Says how an observer is called, and for which elements. The first element, the current value, is always delivered.</summary>
/// <remarks>An option that does not apply to the delivery is refused when the stream is made: <see cref="ArgumentException"/>.</remarks>
public sealed record ObserveOptions
{
    /// <summary>The largest <see cref="Capacity"/> (65536).</summary>
    public const int MaxCapacity = 65536;

    /// <summary>Gets the options for calls on the publisher's thread.</summary>
    public static ObserveOptions Inline { get; } = new() { Delivery = Delivery.Inline };

    /// <summary>Gets which elements are delivered, and where. Default: <see cref="Delivery.Latest"/>.</summary>
    public Delivery Delivery { get; init; }

    /// <summary>Gets the scheduler of the calls; null, the default, means the store's scheduler. Not with <see cref="Delivery.Inline"/>.</summary>
    /// <remarks>A scheduler that runs everything at once runs the observer on the thread of the publisher. For a store of another process that is the thread that reads its
    /// connection: an observer that waits there for a call of the same store waits until the connection is lost.</remarks>
    public IScheduler? Scheduler { get; init; }

    /// <summary>Gets the number of elements that wait for a slow observer: 1 to 65536 with <see cref="Delivery.Buffered"/>, otherwise 0.</summary>
    public int Capacity { get; init; }

    /// <summary>Gets whether an element with the same content as the last delivered one is skipped. Default: false, the same value notifies.</summary>
    public bool Distinct { get; init; }

    /// <summary>Gets whether elements that the same client published or deleted are skipped. Default: false.</summary>
    public bool SkipOwn { get; init; }

    /// <summary>Makes options for a queue.</summary>
    /// <param name="capacity">The number of elements that may wait: 1 to 65536.</param>
    /// <returns>The options.</returns>
    public static ObserveOptions Buffered(int capacity) => new() { Delivery = Delivery.Buffered, Capacity = capacity };

    internal void Validate()
    {
        if (Delivery is < Delivery.Latest or > Delivery.Inline)
        {
            throw new ArgumentException($"{nameof(Delivery)} {(int)Delivery} is not known.");
        }

        if (Delivery == Delivery.Inline && Scheduler is not null)
        {
            throw new ArgumentException($"{nameof(Scheduler)} does not apply to inline delivery, which runs on the publisher's thread.");
        }

        if (Delivery == Delivery.Buffered ? Capacity is < 1 or > MaxCapacity : Capacity != 0)
        {
            throw new ArgumentException($"{nameof(Capacity)} must be 1 to {MaxCapacity} for buffered delivery, and 0 for any other; it is {Capacity}.");
        }
    }
}
