using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>What a walk found, in order, on a spool; and the paths of files that have several names.</summary>
internal sealed class Catalogue(string spoolFolder) : IDisposable
{
    /// <summary>Set in the byte of an entry's kind.</summary>
    internal const byte UnsureFlag = 0x80;

    private const int MaxRecord = PathBuffer.MaxBytes + 128;
    private readonly SpoolFile _entries = new(spoolFolder);
    private readonly SpoolFile _groups = new(spoolFolder);
    private readonly byte[] _record = new byte[MaxRecord];
    private readonly PathBuffer _last = new();

    internal long Count { get; private set; }

    /// <summary>What the walk, and later the reading, could not or must not keep.</summary>
    internal LeftOutList LeftOut { get; } = new();

    /// <summary>Bytes of content found: holes not counted.</summary>
    internal long ContentBytes { get; set; }

    /// <summary>When the walk began, in nanoseconds since 1970.</summary>
    internal long ScanStart { get; init; }

    internal void Add(TreeEntry entry)
    {
        var writer = new WireWriter(_record);
        writer.Path(_last.Span, entry.Path.Span);
        writer.Byte((byte)((byte)entry.Kind | (entry.Unsure ? UnsureFlag : 0)));
        writer.Varint((ulong)entry.Mode);
        writer.Varint(entry.UserId);
        writer.Varint(entry.GroupId);
        writer.Varint((ulong)entry.Size);
        writer.Fixed(entry.Modified);
        writer.Fixed(entry.Changed);
        writer.Varint(entry.Inode);
        writer.Signed(entry.Group);
        _entries.Append(_record.AsSpan(0, writer.Written));
        _last.Set(entry.Path.Span);
        Count++;
    }

    /// <summary>Keeps the path of a group's first name and returns the group's number.</summary>
    internal long AddGroup(ReadOnlySpan<byte> leader) => _groups.AppendCounted(leader);

    internal void ReadGroup(long group, PathBuffer leader)
    {
        Span<byte> path = stackalloc byte[PathBuffer.MaxBytes];
        path = path[.._groups.CountAt(group, out long start)];
        _groups.ReadAt(start, path);
        leader.Set(path);
    }

    /// <summary>Keeps the extended attributes of a folder, and returns where; -1 for none.</summary>
    internal long AddExtended(ReadOnlySpan<byte> set) => set.IsEmpty ? -1 : _groups.AppendCounted(set);

    internal byte[] ReadExtended(long place)
    {
        if (place < 0)
        {
            return [];
        }

        byte[] set = new byte[_groups.CountAt(place, out long start)];
        _groups.ReadAt(start, set);
        return set;
    }

    /// <summary>A new pass over the entries; valid until the catalogue is disposed.</summary>
    internal CatalogueReader Read() => new(new SpoolReader(_entries), MaxRecord);

    public void Dispose()
    {
        _entries.Dispose();
        _groups.Dispose();
    }
}
