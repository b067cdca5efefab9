namespace Conn.DataOwners.Directory;

/// <summary>Reads the records that have a path and attributes, and has its target follow. Nothing is made before the whole record was read and
/// checked.</summary>
internal sealed class EntryDecoder(IStreamTarget tree, PathOrder order)
{
    private const int MaxLinkTarget = 4095;
    private readonly PathBuffer _leader = new();
    private readonly NameTable _names = new();
    private int _kept;

    /// <summary>Whether the stream changes a tree that is there.</summary>
    internal bool IsIncrement { get; set; }

    /// <summary>Whether the last file is stored as what changed of its version of before.</summary>
    internal bool IsPatch { get; private set; }

    /// <summary>Whether no record was accepted yet.</summary>
    internal bool IsFirst { get; private set; } = true;

    internal bool TryChange(RecordKind kind, ref WireReader wire)
    {
        int number = kind == RecordKind.Keep ? (int)wire.Varint(int.MaxValue) : 0;
        if (!IsIncrement)
        {
            throw WireReader.Corrupt("a base changes nothing");
        }

        StreamPart part = kind == RecordKind.Keep ? StreamPart.Keeps : StreamPart.Deletes;
        if (!order.TryNext(ref wire, part))
        {
            return false;
        }

        Accept(part);
        IsFirst = false;
        if (kind == RecordKind.Delete)
        {
            tree.Delete(order.Path);
        }
        else if (number == _kept)
        {
            tree.Keep(number, order.Path);
            _kept++;
        }
        else
        {
            throw WireReader.Corrupt("kept files are not numbered in order");
        }

        return true;
    }

    internal bool TryEntry(RecordKind kind, ref WireReader wire)
    {
        if (!order.TryNext(ref wire, StreamPart.Entries))
        {
            return false;
        }

        EntryAttributes attributes = default;
        ReadOnlySpan<byte> extended = default;
        if (kind is not (RecordKind.HardLink or RecordKind.Absent))
        {
            attributes = new EntryAttributes((int)wire.Varint(0xFFF), (uint)wire.Varint(uint.MaxValue), (uint)wire.Varint(uint.MaxValue), wire.Fixed());
            extended = wire.Counted(ExtendedSet.MaxBytes);
            (string user, string group) = _names.Read(ref wire, attributes.UserId, attributes.GroupId);
            attributes = attributes with { UserName = user, GroupName = group };
        }

        long number = kind switch
        {
            RecordKind.File or RecordKind.Patch => (long)wire.Varint(long.MaxValue),
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

        _names.Commit();
        ExtendedSet.Check(extended);
        attributes = extended.IsEmpty ? attributes : attributes with { Extended = extended.ToArray() };
        Accept(StreamPart.Entries);
        Apply(kind, attributes, number, text);
        return true;
    }

    internal bool TryLeftOut(ref WireReader wire)
    {
        if (!order.TryNext(ref wire, StreamPart.LeftOuts))
        {
            return false;
        }

        Accept(StreamPart.LeftOuts);
        tree.LeaveOut(order.Path);
        return true;
    }

    private void Accept(StreamPart part)
    {
        if (order.Accept(part))
        {
            tree.LeaveAll();
        }
    }

    private void Apply(RecordKind kind, in EntryAttributes attributes, long number, ReadOnlySpan<byte> text)
    {
        bool changes = kind is RecordKind.KeptFile or RecordKind.Attributes or RecordKind.Absent or RecordKind.Patch;
        if (!IsIncrement && (changes || (IsFirst && (kind != RecordKind.Folder || order.Path.Length != 0))))
        {
            throw WireReader.Corrupt("a base begins with its root and changes nothing");
        }

        IsFirst = false;
        IsPatch = kind == RecordKind.Patch;
        switch (kind)
        {
            case RecordKind.Patch:
                tree.BeginPatch(order.Path, attributes, number);
                break;
            case RecordKind.Folder:
                tree.Folder(order.Path, attributes);
                break;
            case RecordKind.File:
                tree.BeginFile(order.Path, attributes, number);
                break;
            case RecordKind.KeptFile:
                tree.KeptFile(order.Path, attributes, (int)number);
                break;
            case RecordKind.Link when text.IsEmpty || text.Contains((byte)0):
                throw WireReader.Corrupt("a link has no legal target");
            case RecordKind.Link:
                tree.Link(order.Path, attributes, [.. text, 0]);
                break;
            case RecordKind.HardLink when !RawPath.IsLegal(text) || RawPath.Compare(text, order.Path.Span) >= 0:
                throw WireReader.Corrupt("the first name of a file does not come first");
            case RecordKind.HardLink:
                _leader.Set(text);
                tree.HardLink(order.Path, _leader);
                break;
            case RecordKind.Attributes:
                tree.Attributes(order.Path, attributes);
                break;
            default:
                tree.Absent(order.Path);
                break;
        }
    }
}
