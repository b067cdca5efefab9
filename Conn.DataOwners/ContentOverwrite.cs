namespace Conn.DataOwners;

/// <summary>What becomes of a file or link that exists where one is restored. Folders are merged, and never removed.</summary>
public enum ContentOverwrite
{
    /// <summary>It stays. The default.</summary>
    Never = 0,

    /// <summary>It is replaced if its kind, size, modification time or mode is not the stored one. Its content is not read.</summary>
    IfChanged = 1,

    /// <summary>It is replaced if the stored modification time is later; without a stored time it stays.</summary>
    IfNewer = 2,

    /// <summary>It is replaced.</summary>
    Always = 3,
}
