namespace Conn.PubSub;

/// <summary>Says how a subscriber is notified.</summary>
public enum SubscriptionKind
{
    /// <summary>Once, by the next publish.</summary>
    OneShot = 0,

    /// <summary>On a scheduler, with the latest element.</summary>
    Latest = 1,

    /// <summary>On a scheduler, through a bounded queue.</summary>
    Buffered = 2,

    /// <summary>On the publisher's thread.</summary>
    Inline = 3,

    /// <summary>By all properties, or a category, in the order of publishing.</summary>
    Watch = 4,
}
