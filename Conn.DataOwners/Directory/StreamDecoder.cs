namespace Conn.DataOwners.Directory;

/// <summary>Reads the data stream from sections cut anywhere, checks every record, and has the staged tree follow. Order and paths are checked before anything is made.</summary>
internal sealed class StreamDecoder(StagedTree tree, bool increment)
{
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
        Ended,
    }

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

        if (header[7] != (increment ? StreamFormat.IncrementKind : StreamFormat.BaseKind))
        {
            throw WireReader.Corrupt(increment ? "an increment was expected" : "a base was expected");
        }

        _part = increment ? Part.Keeps : Part.Entries;
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
            RecordKind.End => TryEnd(ref wire),
            _ => throw WireReader.Corrupt($"a record is of the unknown kind {(byte)kind}"),
        };
        _records += whole ? 1u : 0;
        return whole;
    }

    private bool TryChange(RecordKind kind, ref WireReader wire)
    {
        int number = kind == RecordKind.Keep ? (int)wire.Varint(int.MaxValue) : 0;
        if (!increment)
        {
            throw WireReader.Corrupt("a base changes nothing");
        }

        if (!TryNextPath(ref wire, kind == RecordKind.Keep ? Part.Keeps : Part.Deletes))
        {
            return false;
        }

        Accept(kind == RecordKind.Keep ? Part.Keeps : Part.Deletes);
        _first = false;
        if (kind == RecordKind.Delete)
        {
            tree.Delete(_path);
        }
        else if (number == _kept)
        {
            tree.Keep(number, _path);
            _kept++;
        }
        else
        {
            throw WireReader.Corrupt("kept files are not numbered in order");
        }

        return true;
    }

    private bool TryEntry(RecordKind kind, ref WireReader wire)
    {
        if (!TryNextPath(ref wire, Part.Entries))
        {
            return false;
        }

        EntryAttributes attributes = default;
        if (kind is not (RecordKind.HardLink or RecordKind.Absent))
        {
            attributes = new EntryAttributes((int)wire.Varint(0xFFF), (uint)wire.Varint(uint.MaxValue), (uint)wire.Varint(uint.MaxValue), wire.Fixed());
        }

        long number = kind switch
        {
            RecordKind.File => (long)wire.Varint(long.MaxValue),
            RecordKind.KeptFile => (long)wire.Varint(int.MaxValue),
            _ => 0,
        };
        ReadOnlySpan<byte> text = kind is RecordKind.Link or RecordKind.HardLink
            ? wire.Counted(kind == RecordKind.Link ? MaxLinkTarget : PathBuffer.MaxBytes)
            : default;
        if (wire.Starved)
        {
            return false;
        }

        Accept(Part.Entries);
        Apply(kind, attributes, number, text);
        return true;
    }

    private void Apply(RecordKind kind, in EntryAttributes attributes, long number, ReadOnlySpan<byte> text)
    {
        bool changes = kind is RecordKind.KeptFile or RecordKind.Attributes or RecordKind.Absent;
        if ((changes && !increment) || (!increment && _first && (kind != RecordKind.Folder || _path.Length != 0)))
        {
            throw WireReader.Corrupt("a base begins with its root and changes nothing");
        }

        _first = false;
        switch (kind)
        {
            case RecordKind.Folder:
                tree.Folder(_path, attributes);
                break;
            case RecordKind.File:
                tree.BeginFile(_path, attributes, number);
                break;
            case RecordKind.KeptFile:
                tree.KeptFile(_path, attributes, (int)number);
                break;
            case RecordKind.Link:
                if (text.IsEmpty || text.Contains((byte)0))
                {
                    throw WireReader.Corrupt("a link has no legal target");
                }

                tree.Link(_path, attributes, [.. text, 0]);
                break;
            case RecordKind.HardLink:
                if (!RawPath.IsLegal(text) || RawPath.Compare(text, _path.Span) >= 0)
                {
                    throw WireReader.Corrupt("the first name of a file does not come first");
                }

                _leader.Set(text);
                tree.HardLink(_path, _leader);
                break;
            case RecordKind.Attributes:
                tree.Attributes(_path, attributes);
                break;
            default:
                tree.Absent(_path);
                break;
        }
    }

    private bool TryContent(RecordKind kind, ref WireReader wire)
    {
        ulong length = kind switch
        {
            RecordKind.Data => wire.Varint(StreamFormat.MaxDataBytes),
            RecordKind.Hole => wire.Varint(long.MaxValue),
            _ => 1,
        };
        UInt128 hash = kind == RecordKind.EndFile ? wire.Hash() : default;
        if (wire.Starved)
        {
            return false;
        }

        if (length == 0)
        {
            throw WireReader.Corrupt("a piece of content is empty");
        }

        switch (kind)
        {
            case RecordKind.Data:
                _dataLeft = (long)length;
                break;
            case RecordKind.Hole:
                tree.Hole((long)length);
                break;
            case RecordKind.EndFile:
                tree.EndFile(hash);
                break;
            default:
                tree.Discard();
                _mayRepeat = true;
                break;
        }

        return true;
    }

    private bool TryEnd(ref WireReader wire)
    {
        ulong records = wire.Varint();
        if (wire.Starved)
        {
            return false;
        }

        if (records != _records || (_first && !increment))
        {
            throw WireReader.Corrupt("the end does not match what came before");
        }

        _part = Part.Ended;
        tree.Finish();
        return true;
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
        bool isRoot = _next.Length == 0 && part == Part.Entries && !follows;
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
