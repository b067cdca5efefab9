namespace Conn.PubSub;

/// <summary>How somebody is told.</summary>
public enum SubscriptionKind
{
    /// <summary>Once, of the next publish.</summary>
    OneShot = 0,

    /// <summary>On a scheduler, of the latest.</summary>
    Latest = 1,

    /// <summary>On a scheduler, through a bounded queue.</summary>
    Buffered = 2,

    /// <summary>On the publisher's thread.</summary>
    Inline = 3,

    /// <summary>Of all properties, or a category, in the order of publishing.</summary>
    Watch = 4,
}
