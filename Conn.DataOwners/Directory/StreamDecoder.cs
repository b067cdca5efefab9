using System.Buffers.Binary;

namespace Conn.DataOwners.Directory;

/// <summary>Reads the data stream from sections cut anywhere, checks every record, and has the staged tree follow. Order and paths are checked before anything
/// is made.</summary>
internal sealed partial class StreamDecoder(StagedTree tree, bool increment, long previousScanStart)
{
    private bool _increment = increment;
    private const int MaxLinkTarget = 4095;
    private readonly byte[] _carry = new byte[StreamFormat.MaxRecord];
    private readonly PathBuffer _leader = new();
    private PathBuffer _path = new();
    private PathBuffer _next = new();
    private int _carried;
    private long _dataLeft;
    private ulong _records;
    private int _kept;
    private Part _part = Part.Header;
    private bool _first = true;
    private bool _hasPath;

    /// <summary>True after a file was taken back: its path may come once more.</summary>
    private bool _mayRepeat;

    private enum Part
    {
        Header,
        Keeps,
        Deletes,
        Entries,
        LeftOuts,
        Ended,
    }

    /// <summary>Gets when the scan behind this stream began: the next increment must name it.</summary>
    internal long ScanStart { get; private set; }

    internal bool IsComplete => _part == Part.Ended;

    internal void Push(ReadOnlySpan<byte> section, bool last, CancellationToken cancellationToken)
    {
        while (!section.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            section = section[(_dataLeft > 0 ? TakeData(section) : TakeRecord(section))..];
        }

        if (last && !IsComplete)
        {
            throw WireReader.Corrupt("the stream ends too early");
        }
    }

    private int TakeData(ReadOnlySpan<byte> section)
    {
        int bytes = (int)Math.Min(section.Length, _dataLeft);
        tree.Data(section[..bytes]);
        _dataLeft -= bytes;
        return bytes;
    }

    /// <returns>How many bytes of the section are done with.</returns>
    private int TakeRecord(ReadOnlySpan<byte> section)
    {
        if (_carried == 0 && TryRecord(section, out int used))
        {
            return used;
        }

        int more = Math.Min(section.Length, _carry.Length - _carried);
        section[..more].CopyTo(_carry.AsSpan(_carried));
        if (TryRecord(_carry.AsSpan(0, _carried + more), out used))
        {
            used -= _carried;
            _carried = 0;
            return used;
        }

        _carried += more;
        return _carried < _carry.Length ? more : throw WireReader.Corrupt("a record is too long");
    }

    private bool TryRecord(ReadOnlySpan<byte> from, out int used)
    {
        var wire = new WireReader(from);
        bool whole = _part == Part.Header ? TryHeader(ref wire) : TryBody(ref wire);
        used = wire.Used;
        return whole;
    }

    private bool TryHeader(ref WireReader wire)
    {
        ReadOnlySpan<byte> header = wire.Bytes(StreamFormat.HeaderBytes);
        if (wire.Starved)
        {
            return false;
        }

        if (!header.StartsWith(StreamFormat.Magic) || header[6] != StreamFormat.Version)
        {
            throw WireReader.Corrupt("the stream is not one of a directory owner, or of a newer format");
        }

        if (header[7] > StreamFormat.IncrementKind || (header[7] == StreamFormat.IncrementKind && !_increment))
        {
            throw WireReader.Corrupt("a base was expected");
        }

        if (_increment && header[7] == StreamFormat.BaseKind)
        {
            _increment = false;
            tree.Restart();
        }

        ScanStart = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        if (_increment && BinaryPrimitives.ReadInt64LittleEndian(header[16..]) != previousScanStart)
        {
            throw WireReader.Corrupt("the increment continues another backup than the one that was restored before it");
        }

        _part = _increment ? Part.Keeps : Part.Entries;
        return true;
    }

    private bool TryBody(ref WireReader wire)
    {
        if (_part == Part.Ended)
        {
            throw WireReader.Corrupt("there is more after the end");
        }

        var kind = (RecordKind)wire.Byte();
        bool ofFile = kind is RecordKind.Data or RecordKind.Hole or RecordKind.EndFile or RecordKind.Discard;
        if (ofFile != tree.InFile)
        {
            throw WireReader.Corrupt(ofFile ? "there is content outside a file" : "a file has no end");
        }

        bool whole = kind switch
        {
            RecordKind.Keep or RecordKind.Delete => TryChange(kind, ref wire),
            >= RecordKind.Folder and <= RecordKind.Absent => TryEntry(kind, ref wire),
            RecordKind.Data or RecordKind.Hole or RecordKind.EndFile or RecordKind.Discard => TryContent(kind, ref wire),
            RecordKind.LeftOut => TryLeftOut(ref wire),
            RecordKind.End => TryEnd(ref wire),
            _ => throw WireReader.Corrupt($"a record is of the unknown kind {(byte)kind}"),
        };
        _records += whole ? 1u : 0;
        return whole;
    }

    /// <summary>Reads a path over the one before in its part, and checks it, without taking it on yet.</summary>
    private bool TryNextPath(ref WireReader wire, Part part)
    {
        if (part < _part)
        {
            throw WireReader.Corrupt("the parts of an increment are not in order");
        }

        bool follows = part == _part && _hasPath;
        _next.Set(follows ? _path.Span : default);
        if (!wire.TryPath(_next))
        {
            return false;
        }

        int order = follows ? RawPath.Compare(_next.Span, _path.Span) : 1;
        bool isRoot = _next.Length == 0 && part is (Part.Entries or Part.LeftOuts) && !follows;
        if (!isRoot && (!RawPath.IsLegal(_next.Span) || order < 0 || (order == 0 && !_mayRepeat)))
        {
            throw WireReader.Corrupt($"the path '{RawPath.Display(_next.Span)}' is not legal here");
        }

        return true;
    }

    private void Accept(Part part)
    {
        if (part != _part)
        {
            tree.LeaveAll();
            _part = part;
        }

        (_path, _next) = (_next, _path);
        (_hasPath, _mayRepeat) = (true, false);
    }
}
