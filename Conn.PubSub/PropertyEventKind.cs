namespace Conn.PubSub;

/// <summary>Says what an element of a watch means.</summary>
public enum PropertyEventKind
{
    /// <summary>A property has, or got, a value, or was deleted.</summary>
    Change = 0,

    /// <summary>The values from before the watch began were delivered; what follows is new.</summary>
    CaughtUp = 1,

    /// <summary>The history no longer has the next element; the watch is over. Watch again without a revision.</summary>
    TooOld = 2,
}
