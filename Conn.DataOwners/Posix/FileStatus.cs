namespace Conn.DataOwners.Posix;

/// <summary>What the file system says about one entry, links not followed.</summary>
/// <remarks>Times are nanoseconds since 1970-01-01 UTC, from about 1678 to 2262; times outside are clipped.</remarks>
public record struct FileStatus
{
    /// <summary>What the entry is.</summary>
    public FileKind Kind { get; set; }

    /// <summary>Permission bits with set-user-id, set-group-id and sticky: 0 to 4095 (octal 7777).</summary>
    public int Mode { get; set; }

    /// <summary>Size in bytes; for a link the length of its target.</summary>
    public long Size { get; set; }

    /// <summary>Bytes the file system has allocated; less than <see cref="Size"/> for a file with holes.</summary>
    public long AllocatedBytes { get; set; }

    /// <summary>Last change of the content, in nanoseconds.</summary>
    public long ModifiedNanoseconds { get; set; }

    /// <summary>Last change of content or metadata, in nanoseconds. Cannot be set by anybody.</summary>
    public long ChangedNanoseconds { get; set; }

    /// <summary>The inode number.</summary>
    public ulong Inode { get; set; }

    /// <summary>The device number of the file system.</summary>
    public ulong Device { get; set; }

    /// <summary>How many names the inode has.</summary>
    public uint Links { get; set; }

    /// <summary>The numeric owner.</summary>
    public uint UserId { get; set; }

    /// <summary>The numeric group.</summary>
    public uint GroupId { get; set; }

    /// <summary>True when another file system is mounted here.</summary>
    public bool IsMountRoot { get; set; }
}
