namespace Conn.PubSub.Observables;

/// <summary>What an observer is told.</summary>
public enum PropertyChangeKind
{
    /// <summary>Nobody has defined the property; only as the first element of a stream.</summary>
    Undefined = 0,

    /// <summary>The property has this value.</summary>
    Value = 1,

    /// <summary>The property's definition was deleted; the stream goes on.</summary>
    Deleted = 2,
}
