namespace Conn.PubSub;

/// <summary>What a kind of store cannot promise. A store may have limits; it never behaves differently within them.</summary>
[Flags]
public enum StoreLimits
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A publish may wait for something outside the process.</summary>
    NoBoundedTimeSet = 1,

    /// <summary>Inline delivery is not available: such observers are told as queued ones are.</summary>
    NoInlineDelivery = 2,

    /// <summary>A read or publish by handle may allocate.</summary>
    Allocates = 4,
}
