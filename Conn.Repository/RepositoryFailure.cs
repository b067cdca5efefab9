namespace Conn.Repository;

/// <summary>What went wrong in a repository: one name per decision a caller takes.</summary>
public enum RepositoryFailure
{
    /// <summary>There is no repository at this place.</summary>
    NoRepository,

    /// <summary>Something that is not a Conn repository is at this place.</summary>
    Foreign,

    /// <summary>Written by a newer version of the format; nothing was changed.</summary>
    NewerFormat,

    /// <summary>Stored bytes are not what was written, or a file is missing.</summary>
    Damaged,

    /// <summary>Another writer holds the repository; the message names it.</summary>
    InUse,

    /// <summary>The storage has no room. While a part is written, abandoning that part frees what it took, and the set can still be committed without it.</summary>
    DiskFull,

    /// <summary>The storage refuses access, or is read-only.</summary>
    NotPermitted,

    /// <summary>No set of this id is listed.</summary>
    NoSuchSet,

    /// <summary>The set holds no part of this owner, or the part no such stream.</summary>
    NoSuchOwner,

    /// <summary>An ancestor that a part needs is missing.</summary>
    ChainBroken,

    /// <summary>The storage failed otherwise.</summary>
    Io,
}
