using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>One entry of a catalogue or snapshot; reused for the next, so that a walk over millions keeps a handful.</summary>
internal sealed class TreeEntry
{
    internal PathBuffer Path { get; } = new();

    internal EntryKind Kind { get; set; }

    internal int Mode { get; set; }

    internal uint UserId { get; set; }

    internal uint GroupId { get; set; }

    /// <summary>The name that the user has; snapshots only.</summary>
    internal string UserName { get; set; } = "";

    /// <summary>The name that the group has; snapshots only.</summary>
    internal string GroupName { get; set; } = "";

    internal long Size { get; set; }

    internal long Modified { get; set; }

    internal long Changed { get; set; }

    internal ulong Inode { get; set; }

    /// <summary>Of the content (file) or target (link).</summary>
    internal Hash128 Hash { get; set; }

    /// <summary>Its extended attributes, an <see cref="ExtendedSet"/>; empty for none, and while they were not read.</summary>
    internal byte[] Extended { get; set; } = [];

    /// <summary>How many pieces the block table of the file has; 0 for none.</summary>
    internal int BlockPieces { get; set; }

    /// <summary>Where the block table is in the snapshot that was read.</summary>
    internal long BlocksAt { get; set; }

    /// <summary>True when the content may have changed after it was hashed without a trace in the times.</summary>
    internal bool Racy { get; set; }

    /// <summary>True when the content may have changed since without a trace in the times: the file is read, whatever they say.</summary>
    internal bool Unsure { get; set; }

    /// <summary>A process that had the file mapped for writing while it was read; 0 for none.</summary>
    internal int Writer { get; set; }

    /// <summary>The path of the first name of a <see cref="EntryKind.HardLink"/>; snapshots only.</summary>
    internal PathBuffer Leader { get; } = new();

    /// <summary>Where the walk keeps the path of the group's first name, or the extended attributes of a folder; -1 for a file with one name
    /// and for a folder without.</summary>
    internal long Group { get; set; } = -1;

    internal void SetStatus(in FileStatus status)
    {
        Mode = status.Mode;
        UserId = status.UserId;
        GroupId = status.GroupId;
        Size = status.Size;
        Modified = status.ModifiedNanoseconds;
        Changed = status.ChangedNanoseconds;
        Inode = status.Inode;
    }

    internal bool HasSameRights(TreeEntry other) => Mode == other.Mode && UserId == other.UserId && GroupId == other.GroupId;

    /// <summary>Whether all that a restore sets beside the content is the same.</summary>
    internal bool HasSameAttributes(TreeEntry other) =>
        Modified == other.Modified && HasSameRights(other) && Extended.AsSpan().SequenceEqual(other.Extended);

    internal bool HasSameStamp(TreeEntry other) => Size == other.Size && Modified == other.Modified;

    internal bool IsUntouched(TreeEntry old) =>
        !old.Racy && HasSameStamp(old) && Changed == old.Changed && Inode == old.Inode && HasSameRights(old);
}
