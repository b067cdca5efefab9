namespace Conn.Cli.Contents;

/// <summary>What happened to a path between two sets.</summary>
internal enum ContentChangeKind
{
    /// <summary>It is in the second set alone.</summary>
    Added,

    /// <summary>It is in the first set alone.</summary>
    Removed,

    /// <summary>Its kind or its content changed.</summary>
    Changed,

    /// <summary>Its mode, owner, group or modification time changed, and its content did not.</summary>
    Attributes,
}
