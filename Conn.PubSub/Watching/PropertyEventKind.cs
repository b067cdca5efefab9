namespace Conn.PubSub.Watching;

/// <summary>What a watch tells.</summary>
public enum PropertyEventKind
{
    /// <summary>A property has, or got, a value, or was deleted.</summary>
    Change = 0,

    /// <summary>What was there when the watch began has been told; what comes now is new.</summary>
    CaughtUp = 1,

    /// <summary>The history no longer holds what comes next; the watch is over. Read again.</summary>
    TooOld = 2,
}
