namespace Conn.PubSub;

/// <summary>Says what an element of a stream means.</summary>
public enum PropertyChangeKind
{
    /// <summary>The property is not defined; only as the first element of a stream.</summary>
    Undefined = 0,

    /// <summary>The property has this value.</summary>
    Value = 1,

    /// <summary>The property's definition was deleted; the stream goes on.</summary>
    Deleted = 2,
}
