namespace Conn.DataOwners.Directory;

/// <summary>Decodes the first half of a group: what a restore brings back. A group needs nothing of the one before it. The order of paths is for the
/// caller to check.</summary>
internal sealed class StableColumns
{
    private const int KnownFlags = SnapshotFormat.KindMask | SnapshotFormat.SameRightsFlag | SnapshotFormat.BlocksFlag
        | SnapshotFormat.ExtendedFlag;
    private readonly PathBuffer _last = new();
    private readonly NameTable _names = new();
    private long _lastModified;
    private (int Mode, uint User, uint Group) _lastRights;
    private (string User, string Group) _lastNames = ("", "");

    /// <summary>A new group begins.</summary>
    internal void Begin()
    {
        (_lastModified, _lastRights, _lastNames) = (0, default, ("", ""));
        _names.Clear();
        _last.Truncate(0);
    }

    /// <exception cref="ConnException">Corrupt: it is no entry, or not the whole of one.</exception>
    internal void Read(ref WireReader wire, TreeEntry entry)
    {
        if (!wire.TryPath(_last))
        {
            throw WireReader.Corrupt("a group ends inside an entry");
        }

        entry.Path.Set(_last.Span);
        byte flags = wire.Byte();
        entry.Kind = (EntryKind)(flags & SnapshotFormat.KindMask);
        if (entry.Kind is < EntryKind.Folder or > EntryKind.HardLink || (flags & ~KnownFlags) != 0
            || ((flags & SnapshotFormat.BlocksFlag) != 0 && entry.Kind != EntryKind.File))
        {
            throw WireReader.Corrupt("an entry is of an unknown kind");
        }

        if ((flags & SnapshotFormat.SameRightsFlag) == 0)
        {
            _lastRights = ((int)wire.Varint(0xFFF), (uint)wire.Varint(uint.MaxValue), (uint)wire.Varint(uint.MaxValue));
            _lastNames = _names.Read(ref wire, _lastRights.User, _lastRights.Group);
            _names.Commit();
        }

        (entry.Mode, entry.UserId, entry.GroupId) = _lastRights;
        (entry.UserName, entry.GroupName) = _lastNames;
        entry.Extended = (flags & SnapshotFormat.ExtendedFlag) == 0 ? [] : ReadExtended(ref wire);
        (entry.Size, entry.Hash, entry.Inode, entry.Changed, entry.Modified, entry.Group) = (0, default, 0, 0, 0, -1);
        (entry.BlockPieces, entry.BlocksAt) = (0, -1);
        entry.Leader.Truncate(0);
        if (entry.Kind == EntryKind.HardLink)
        {
            entry.Leader.Set(wire.Counted(PathBuffer.MaxBytes));
        }
        else
        {
            _lastModified = unchecked(_lastModified + wire.Signed());
            entry.Modified = _lastModified;
            if (entry.Kind != EntryKind.Folder)
            {
                entry.Size = (long)wire.Varint(long.MaxValue);
                entry.Hash = wire.Hash();
                entry.BlockPieces = (flags & SnapshotFormat.BlocksFlag) == 0 ? 0 : (int)wire.Varint(int.MaxValue);
            }
        }

        SnapshotReader.Whole(wire);
    }

    private static byte[] ReadExtended(ref WireReader wire)
    {
        ReadOnlySpan<byte> set = wire.Counted(ExtendedSet.MaxBytes);
        ExtendedSet.Check(set);
        return set.ToArray();
    }
}
