namespace Conn.PubSub.Core;

/// <summary>An upper bound of the kinds of subscribers that a publish must notify.</summary>
internal enum Interests
{
    None = 0,

    /// <summary>Inline observers only.</summary>
    Inline = 1,

    /// <summary>Others too, or a change to persist.</summary>
    Any = 2,
}
