namespace Conn.DataOwners.Directory;

internal sealed partial class StreamDecoder
{
    private bool TryChange(RecordKind kind, ref WireReader wire)
    {
        int number = kind == RecordKind.Keep ? (int)wire.Varint(int.MaxValue) : 0;
        if (!_increment)
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
        if ((changes && !_increment) || (!_increment && _first && (kind != RecordKind.Folder || _path.Length != 0)))
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

    private bool TryLeftOut(ref WireReader wire)
    {
        if (!TryNextPath(ref wire, Part.LeftOuts))
        {
            return false;
        }

        Accept(Part.LeftOuts);
        tree.LeftOut.Add(_path.Span);
        return true;
    }

    private bool TryEnd(ref WireReader wire)
    {
        ulong records = wire.Varint();
        if (wire.Starved)
        {
            return false;
        }

        if (records != _records || (_first && !_increment))
        {
            throw WireReader.Corrupt("the end does not match what came before");
        }

        _part = Part.Ended;
        tree.Finish();
        return true;
    }
}
