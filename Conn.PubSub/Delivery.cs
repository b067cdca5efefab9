namespace Conn.PubSub;

/// <summary>Says which elements an observer receives, and on which thread.</summary>
public enum Delivery
{
    /// <summary>On the scheduler; if the observer is slower than the publishers, it receives the latest element only. The default.</summary>
    Latest = 0,

    /// <summary>On the scheduler, through a queue of <see cref="ObserveOptions.Capacity"/> elements; what does not fit is dropped, oldest first, and counted.</summary>
    Buffered = 1,

    /// <summary>On the publisher's thread, outside every lock. The observer delays that publisher.</summary>
    Inline = 2,
}
