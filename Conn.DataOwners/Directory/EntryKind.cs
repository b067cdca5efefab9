namespace Conn.DataOwners.Directory;

/// <summary>What is kept of an entry. The numbers are stored in snapshots.</summary>
internal enum EntryKind : byte
{
    /// <summary>No entry.</summary>
    None = 0,

    /// <summary>A folder.</summary>
    Folder = 1,

    /// <summary>A regular file; of several names of one inode the first in order.</summary>
    File = 2,

    /// <summary>A symbolic link.</summary>
    Link = 3,

    /// <summary>A further name of a file that came before.</summary>
    HardLink = 4,
}
