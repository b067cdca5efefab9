namespace Conn.PubSub;

/// <summary>Says what a kind of store cannot promise. A store may have limits; within them it behaves as every other store.</summary>
[Flags]
public enum StoreLimits
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A publish may wait for another process.</summary>
    NoBoundedTimeSet = 1,

    /// <summary>Inline delivery is not available: such observers are called as with the latest element.</summary>
    NoInlineDelivery = 2,

    /// <summary>A read or publish by a handle may allocate.</summary>
    Allocates = 4,
}
