namespace Conn.DataOwners.Directory;

/// <summary>One pass over a catalogue.</summary>
internal sealed class CatalogueReader(SpoolReader reader, int maxRecord) : ITreeReader
{
    private readonly PathBuffer _last = new();

    public bool TryRead(TreeEntry entry)
    {
        ReadOnlySpan<byte> record = reader.Peek(maxRecord);
        if (record.IsEmpty)
        {
            return false;
        }

        var wire = new WireReader(record);
        wire.TryPath(_last);
        entry.Path.Set(_last.Span);
        byte kind = wire.Byte();
        entry.Kind = (EntryKind)(kind & ~Catalogue.UnsureFlag);
        entry.Unsure = (kind & Catalogue.UnsureFlag) != 0;
        entry.Mode = (int)wire.Varint();
        entry.UserId = (uint)wire.Varint();
        entry.GroupId = (uint)wire.Varint();
        entry.Size = (long)wire.Varint();
        entry.Modified = wire.Fixed();
        entry.Changed = wire.Fixed();
        entry.Inode = wire.Varint();
        entry.Group = wire.Signed();
        (entry.Racy, entry.Writer) = (false, 0);
        (entry.Hash, entry.BlockPieces, entry.Extended) = (default, 0, []);
        entry.Leader.Truncate(0);
        reader.Advance(wire.Used);
        return true;
    }
}
