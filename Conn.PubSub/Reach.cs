namespace Conn.PubSub;

/// <summary>Whom a publish concerns.</summary>
internal enum Reach
{
    Nobody = 0,

    /// <summary>Inline observers, and nobody else.</summary>
    Inline = 1,

    /// <summary>Others too, or something to keep.</summary>
    More = 2,
}
