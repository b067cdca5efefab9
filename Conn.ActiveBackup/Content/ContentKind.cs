namespace Conn.ActiveBackup.Content;

/// <summary>What an entry of stored content is.</summary>
public enum ContentKind
{
    /// <summary>Unknown; never returned.</summary>
    None = 0,

    /// <summary>A folder.</summary>
    Folder = 1,

    /// <summary>A file.</summary>
    File = 2,

    /// <summary>A symbolic link.</summary>
    Link = 3,

    /// <summary>A further name of a file that comes before it in the list.</summary>
    HardLink = 4,
}
