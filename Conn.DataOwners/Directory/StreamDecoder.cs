using System.Buffers.Binary;

namespace Conn.DataOwners.Directory;

/// <summary>Reads the data stream from sections cut anywhere, checks every record, and has its target follow. Order and paths are checked before anything
/// is made.</summary>
internal sealed class StreamDecoder
{
    private readonly IStreamTarget _tree;
    private readonly PathOrder _order = new();
    private readonly EntryDecoder _entries;
    private readonly byte[] _carry = new byte[StreamFormat.LongestRecord];
    private readonly long _previousScanStart;
    private int _carried;
    private long _dataLeft;
    private ulong _records;

    internal StreamDecoder(IStreamTarget tree, bool increment, long previousScanStart)
    {
        _previousScanStart = previousScanStart;
        _tree = tree;
        _entries = new EntryDecoder(tree, _order) { IsIncrement = increment };
    }

    /// <summary>Gets when the scan behind this stream began: the next increment must name it.</summary>
    internal long ScanStart { get; private set; }

    internal bool IsComplete => _order.Part == StreamPart.Ended;

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
        _tree.Data(section[..bytes]);
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
        bool whole = _order.Part == StreamPart.Header ? TryHeader(ref wire) : TryBody(ref wire);
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

        if (header[7] > StreamFormat.IncrementKind || (header[7] == StreamFormat.IncrementKind && !_entries.IsIncrement))
        {
            throw WireReader.Corrupt("a base was expected");
        }

        if (_entries.IsIncrement && header[7] == StreamFormat.BaseKind)
        {
            _entries.IsIncrement = false;
            _tree.Restart();
        }

        ScanStart = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        if (_entries.IsIncrement && BinaryPrimitives.ReadInt64LittleEndian(header[16..]) != _previousScanStart)
        {
            throw WireReader.Corrupt("the increment continues another backup than the one that was restored before it");
        }

        _order.Begin(_entries.IsIncrement ? StreamPart.Keeps : StreamPart.Entries);
        return true;
    }

    private bool TryBody(ref WireReader wire)
    {
        if (IsComplete)
        {
            throw WireReader.Corrupt("there is more after the end");
        }

        var kind = (RecordKind)wire.Byte();
        bool ofFile = kind is >= RecordKind.Data and <= RecordKind.Same;
        if (ofFile != _tree.HasOpenFile)
        {
            throw WireReader.Corrupt(ofFile ? "there is content outside a file" : "a file has no end");
        }

        bool whole = kind switch
        {
            RecordKind.Keep or RecordKind.Delete => _entries.TryChange(kind, ref wire),
            (>= RecordKind.Folder and <= RecordKind.Absent) or RecordKind.Patch => _entries.TryEntry(kind, ref wire),
            >= RecordKind.Data and <= RecordKind.Same => TryContent(kind, ref wire),
            RecordKind.LeftOut => _entries.TryLeftOut(ref wire),
            RecordKind.End => TryEnd(ref wire),
            _ => throw WireReader.Corrupt($"a record is of the unknown kind {(byte)kind}"),
        };
        _records += whole ? 1u : 0;
        return whole;
    }

    private bool TryContent(RecordKind kind, ref WireReader wire)
    {
        ulong length = kind switch
        {
            RecordKind.Data => wire.Varint(StreamFormat.MaxDataBytes),
            RecordKind.Hole or RecordKind.Same => wire.Varint(long.MaxValue),
            _ => 1,
        };
        Hash128 hash = kind == RecordKind.EndFile ? wire.Hash() : default;
        if (wire.Starved)
        {
            return false;
        }

        switch (kind)
        {
            case RecordKind.Data or RecordKind.Hole or RecordKind.Same when length == 0:
                throw WireReader.Corrupt("a piece of content is empty");
            case RecordKind.Same when !_entries.IsPatch:
                throw WireReader.Corrupt("a file that is stored as a whole refers to its version of before");
            case RecordKind.Same:
                _tree.Same((long)length);
                break;
            case RecordKind.Data:
                _dataLeft = (long)length;
                break;
            case RecordKind.Hole:
                _tree.Hole((long)length);
                break;
            case RecordKind.EndFile:
                _tree.EndFile(hash);
                break;
            default:
                _tree.Discard();
                _order.AllowRepetition();
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

        if (records != _records || (_entries.IsFirst && !_entries.IsIncrement))
        {
            throw WireReader.Corrupt("the end does not match what came before");
        }

        _order.End();
        _tree.Finish();
        return true;
    }
}
