namespace Conn.PubSub.Observables;

/// <summary>On whose thread an observer is called.</summary>
public enum Delivery
{
    /// <summary>On the scheduler; the publisher is never delayed. The default.</summary>
    Queued = 0,

    /// <summary>On the publisher's thread, outside every lock: fastest, and the observer delays the publisher.</summary>
    Inline = 1,
}
