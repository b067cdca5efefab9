namespace Conn.DataOwners.Posix;

/// <summary>What an entry of a folder is. The numbers are those of the type bits of a POSIX mode.</summary>
public enum FileKind
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>A named pipe.</summary>
    Pipe = 0x1,

    /// <summary>A character device.</summary>
    CharacterDevice = 0x2,

    /// <summary>A folder.</summary>
    Folder = 0x4,

    /// <summary>A block device.</summary>
    BlockDevice = 0x6,

    /// <summary>A regular file.</summary>
    File = 0x8,

    /// <summary>A symbolic link.</summary>
    Link = 0xA,

    /// <summary>A socket.</summary>
    Socket = 0xC,
}
