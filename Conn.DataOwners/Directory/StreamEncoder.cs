using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Puts records into sections. Paths are written against the one before in the same part of the stream.</summary>
internal sealed class StreamEncoder(SectionFiller filler)
{
    private readonly PathBuffer _last = new();
    private readonly NameTable _names = new();
    private readonly Accounts _accounts = new();

    /// <summary>How many records were written.</summary>
    internal long Records { get; private set; }

    /// <summary>Begins the stream. Scan starts tell streams apart: an increment names the one that it continues.</summary>
    internal void Header(bool increment, long scanStart = 0, long parentScanStart = 0)
    {
        var writer = new WireWriter(filler.Reserve(StreamFormat.HeaderBytes));
        writer.Bytes(StreamFormat.Magic);
        writer.Byte(StreamFormat.Version);
        writer.Byte(increment ? StreamFormat.IncrementKind : StreamFormat.BaseKind);
        writer.Fixed(scanStart);
        writer.Fixed(parentScanStart);
        filler.Commit(writer.Written);
    }

    /// <summary>The parts of a stream count their paths anew.</summary>
    internal void BeginPart() => _last.Truncate(0);

    internal void Keep(int number, ReadOnlySpan<byte> path)
    {
        WireWriter writer = Begin(RecordKind.Keep);
        writer.Varint((ulong)number);
        Path(ref writer, path);
        Commit(writer);
    }

    /// <summary>A record of no more than a path: <see cref="RecordKind.Delete"/> or <see cref="RecordKind.Absent"/>.</summary>
    internal void Bare(RecordKind kind, ReadOnlySpan<byte> path)
    {
        WireWriter writer = Begin(kind);
        Path(ref writer, path);
        Commit(writer);
    }

    /// <summary>A record of path and attributes: <see cref="RecordKind.Folder"/> or <see cref="RecordKind.Attributes"/>.</summary>
    internal void Entry(RecordKind kind, TreeEntry entry)
    {
        WireWriter writer = Begin(kind, entry.Extended.Length);
        Attributes(ref writer, entry);
        Commit(writer);
    }

    internal void KeptFile(TreeEntry entry, int number)
    {
        WireWriter writer = Begin(RecordKind.KeptFile, entry.Extended.Length);
        Attributes(ref writer, entry);
        writer.Varint((ulong)number);
        Commit(writer);
    }

    internal void Link(TreeEntry entry, ReadOnlySpan<byte> target)
    {
        WireWriter writer = Begin(RecordKind.Link, entry.Extended.Length);
        Attributes(ref writer, entry);
        writer.Counted(target);
        Commit(writer);
    }

    internal void HardLink(TreeEntry entry)
    {
        WireWriter writer = Begin(RecordKind.HardLink);
        Path(ref writer, entry.Path.Span);
        writer.Counted(entry.Leader.Span);
        Commit(writer);
    }

    /// <summary>A file whose content records follow: <see cref="RecordKind.File"/> or <see cref="RecordKind.Patch"/>.</summary>
    internal void File(TreeEntry entry, RecordKind kind = RecordKind.File)
    {
        WireWriter writer = Begin(kind, entry.Extended.Length);
        Attributes(ref writer, entry);
        writer.Varint((ulong)entry.Size);
        Commit(writer);
    }

    /// <summary>The head of a piece of content that the caller has put, or puts, behind it.</summary>
    internal static int DataHead(Span<byte> to, int length)
    {
        var writer = new WireWriter(to);
        writer.Byte((byte)RecordKind.Data);
        writer.Varint((ulong)length);
        return writer.Written;
    }

    /// <summary>Everything before the content of a file that is written as one: the caller puts the content behind it.</summary>
    /// <remarks>Nothing is remembered before <see cref="CommitWholeFile"/>: a file that changed meanwhile is as if it was never begun.</remarks>
    internal int WholeFileHead(Span<byte> to, TreeEntry entry)
    {
        var writer = new WireWriter(to);
        writer.Byte((byte)RecordKind.File);
        writer.Path(_last.Span, entry.Path.Span);
        Rights(ref writer, entry);
        writer.Varint((ulong)entry.Size);
        if (entry.Size > 0)
        {
            writer.Byte((byte)RecordKind.Data);
            writer.Varint((ulong)entry.Size);
        }

        return writer.Written;
    }

    /// <summary>Ends a file begun with <see cref="WholeFileHead"/>.</summary>
    internal void CommitWholeFile(Span<byte> to, int used, TreeEntry entry)
    {
        var writer = new WireWriter(to[used..]);
        writer.Byte((byte)RecordKind.EndFile);
        writer.Hash(entry.Hash);
        filler.Commit(used + writer.Written);
        _names.Commit();
        _last.Set(entry.Path.Span);
        Records += entry.Size > 0 ? 3 : 2;
    }

    internal void Hole(long length) => Run(RecordKind.Hole, length);

    internal void Same(long length) => Run(RecordKind.Same, length);

    internal void Data(ReadOnlySpan<byte> bytes)
    {
        Span<byte> record = filler.Reserve(1 + WireWriter.MaxVarint + bytes.Length);
        int head = DataHead(record, bytes.Length);
        bytes.CopyTo(record[head..]);
        CommitData(head + bytes.Length);
    }

    internal void EndFile(Hash128 hash)
    {
        WireWriter writer = Begin(RecordKind.EndFile);
        writer.Hash(hash);
        Commit(writer);
    }

    internal void Discard() => Commit(Begin(RecordKind.Discard));

    internal void CommitData(int bytes)
    {
        filler.Commit(bytes);
        Records++;
    }

    internal void End()
    {
        WireWriter writer = Begin(RecordKind.End);
        writer.Varint((ulong)Records);
        Commit(writer);
    }

    private void Run(RecordKind kind, long length)
    {
        WireWriter writer = Begin(kind);
        writer.Varint((ulong)length);
        Commit(writer);
    }

    private WireWriter Begin(RecordKind kind, int extendedBytes = 0)
    {
        var writer = new WireWriter(filler.Reserve(StreamFormat.MaxRecord + extendedBytes));
        writer.Byte((byte)kind);
        _names.Drop();
        return writer;
    }

    private void Commit(in WireWriter writer)
    {
        filler.Commit(writer.Written);
        _names.Commit();
        Records++;
    }

    private void Attributes(ref WireWriter writer, TreeEntry entry)
    {
        Path(ref writer, entry.Path.Span);
        Rights(ref writer, entry);
    }

    private void Rights(ref WireWriter writer, TreeEntry entry)
    {
        writer.Varint((ulong)entry.Mode);
        writer.Varint(entry.UserId);
        writer.Varint(entry.GroupId);
        writer.Fixed(entry.Modified);
        writer.Counted(entry.Extended);
        _names.Write(ref writer, entry.UserId, entry.GroupId, _accounts);
    }

    private void Path(ref WireWriter writer, ReadOnlySpan<byte> path)
    {
        writer.Path(_last.Span, path);
        _last.Set(path);
    }
}
