namespace Conn.DataOwners.Directory;

/// <summary>The first byte of every record of the data stream. Stored.</summary>
internal enum RecordKind : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A file of the tree so far is kept aside under a number: number, path.</summary>
    Keep = 0x01,

    /// <summary>An entry with all below it is gone: path.</summary>
    Delete = 0x02,

    /// <summary>A folder: path, attributes.</summary>
    Folder = 0x10,

    /// <summary>A file with its content in the records that follow: path, attributes, size.</summary>
    File = 0x11,

    /// <summary>A file whose content was kept aside: path, attributes, number.</summary>
    KeptFile = 0x12,

    /// <summary>A symbolic link: path, attributes, target.</summary>
    Link = 0x13,

    /// <summary>A further name of a file: path, path of its first name.</summary>
    HardLink = 0x14,

    /// <summary>New attributes of a file whose content stays: path, attributes.</summary>
    Attributes = 0x15,

    /// <summary>A file or link that could not be read now is gone: path.</summary>
    Absent = 0x16,

    /// <summary>Something that is there and not kept: path. After all entries.</summary>
    LeftOut = 0x17,

    /// <summary>A file of which the tree so far has another version at the same path: path, attributes, size. Content records follow.</summary>
    Patch = 0x18,

    /// <summary>Content: length, bytes.</summary>
    Data = 0x20,

    /// <summary>A hole in the content: length.</summary>
    Hole = 0x21,

    /// <summary>The end of a file's content: its hash.</summary>
    EndFile = 0x22,

    /// <summary>The file under way is not to be kept: it changed while it was read.</summary>
    Discard = 0x23,

    /// <summary>Content that the version of before has at the same place, in a <see cref="Patch"/>: length.</summary>
    Same = 0x24,

    /// <summary>The end: how many records there were before.</summary>
    End = 0x7F,
}
