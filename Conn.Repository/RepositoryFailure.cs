namespace Conn.Repository;

/// <summary>Specifies what failed in a repository. There is one value for each reaction of a caller.</summary>
public enum RepositoryFailure
{
    /// <summary>There is no repository at this place.</summary>
    NoRepository,

    /// <summary>The place holds files that do not belong to a Conn repository.</summary>
    Foreign,

    /// <summary>The repository was written in a newer version of the format. Nothing was changed.</summary>
    NewerFormat,

    /// <summary>Stored bytes differ from what was written, or a file is missing.</summary>
    Damaged,

    /// <summary>Another writer holds the lock of the repository and the message names it; or another process creates a repository, or has created it.</summary>
    InUse,

    /// <summary>The storage is full. While a part is written, abandoning that part frees its space, and the set can still be committed without it.</summary>
    DiskFull,

    /// <summary>The storage denies access, or is read-only.</summary>
    NotPermitted,

    /// <summary>The repository is encrypted, and no key or none of its keys was given; or a key was given, and the repository is not encrypted.</summary>
    WrongKey,

    /// <summary>The repository lists no set of this id.</summary>
    NoSuchSet,

    /// <summary>The set has no part of this owner, or the part has no such stream.</summary>
    NoSuchOwner,

    /// <summary>A set that a part depends on is missing.</summary>
    ChainBroken,

    /// <summary>The storage failed in another way.</summary>
    Io,
}
