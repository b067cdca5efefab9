using System.Buffers.Binary;
using System.IO.Hashing;

namespace Conn.DataOwners.Directory;

/// <summary>One pass over a received snapshot. Everything read is checked; anything else than a whole, ordered snapshot is Corrupt.</summary>
internal sealed class SnapshotReader : ITreeReader
{
    private readonly ByteWindow _spool;
    private readonly XxHash128? _hash;
    private readonly StableColumns _columns = new();
    private readonly PathBuffer _previous = new();
    private readonly HashSet<int> _racy = [];

    /// <summary>Where the pieces of block tables are whose files have not come yet.</summary>
    private readonly Queue<long> _blocks = [];
    private byte[] _stable = [];
    private byte[] _volatile = [];
    private int _stableAt;
    private int _volatileAt;
    private int _groupEntries;
    private int _index;
    private ulong _entries;
    private bool _ended;
    private long _lastChanged;
    private ulong _lastInode;

    /// <param name="spool">The received bytes.</param>
    /// <param name="check">Whether the hash at the end is computed and compared too.</param>
    internal SnapshotReader(ByteWindow spool, bool check)
    {
        (_spool, _hash) = (spool, check ? new XxHash128() : null);
        ReadOnlySpan<byte> header = spool.Peek(SnapshotFormat.HeaderBytes);
        if (header.Length < SnapshotFormat.HeaderBytes || !header.StartsWith(SnapshotFormat.Magic))
        {
            throw WireReader.Corrupt("it is no snapshot of a directory owner");
        }

        if (header[6] != SnapshotFormat.Version)
        {
            throw WireReader.Corrupt($"it is a snapshot of format {header[6]}, and this version reads format {SnapshotFormat.Version}");
        }

        ScanStart = BinaryPrimitives.ReadInt64LittleEndian(header[7..]);
        Take(SnapshotFormat.HeaderBytes);
    }

    /// <summary>When the walk behind the snapshot began, in nanoseconds since 1970.</summary>
    internal long ScanStart { get; }

    public bool TryRead(TreeEntry entry)
    {
        if (_index == _groupEntries && !NextGroup())
        {
            return false;
        }

        var stable = new WireReader(_stable.AsSpan(_stableAt));
        ReadStable(ref stable, entry);
        _stableAt += stable.Used;
        if (entry.Kind is EntryKind.File or EntryKind.Link)
        {
            var columns = new WireReader(_volatile.AsSpan(_volatileAt));
            entry.Inode = unchecked(_lastInode + (ulong)columns.Signed());
            entry.Changed = unchecked(_lastChanged + columns.Signed());
            Whole(columns);
            (_lastInode, _lastChanged) = (entry.Inode, entry.Changed);
            _volatileAt += columns.Used;
        }

        TakeBlocks(entry);
        entry.Racy = _racy.Contains(_index);
        _index++;
        _entries++;
        return true;
    }

    /// <summary>Takes a piece of a block table, if that comes next.</summary>
    internal bool TrySkipBlocks()
    {
        if (_index != _groupEntries || _ended || _spool.Peek(1) is not [SnapshotFormat.BlocksTag, ..])
        {
            return false;
        }

        BlockPiece.Read(_spool.Peek(BlockFormat.MaxPieceBytes), out int length);
        _blocks.Enqueue(_spool.Position);
        Take(length);
        return true;
    }

    private void TakeBlocks(TreeEntry entry)
    {
        if (entry.BlockPieces > _blocks.Count)
        {
            throw WireReader.Corrupt($"the block table of '{RawPath.Display(entry.Path.Span)}' is not there");
        }

        for (int i = 0; i < entry.BlockPieces; i++)
        {
            long position = _blocks.Dequeue();
            entry.BlocksAt = i == 0 ? position : entry.BlocksAt;
        }
    }

    private void ReadStable(ref WireReader wire, TreeEntry entry)
    {
        _columns.Read(ref wire, entry);
        bool legal = _entries == 0 ? entry.Path.Length == 0
            : RawPath.IsLegal(entry.Path.Span) && RawPath.Compare(_previous.Span, entry.Path.Span) < 0;
        if (!legal)
        {
            throw WireReader.Corrupt($"the path '{RawPath.Display(entry.Path.Span)}' is not legal here");
        }

        _previous.Set(entry.Path.Span);
    }

    private bool NextGroup()
    {
        if (_ended)
        {
            return false;
        }

        if (_stableAt != _stable.Length || _volatileAt != _volatile.Length)
        {
            throw WireReader.Corrupt("a group holds more than its entries");
        }

        while (TrySkipBlocks())
        {
        }

        var head = new WireReader(_spool.Peek(32));
        switch (head.Byte())
        {
            case SnapshotFormat.EndTag:
                End(ref head);
                return false;
            case SnapshotFormat.StableTag:
                _groupEntries = (int)head.Varint(SnapshotFormat.MaxGroupEntries);
                _stable = Column(ref head, _stable);
                break;
            default:
                throw WireReader.Corrupt("a group begins with an unknown mark");
        }

        head = new WireReader(_spool.Peek(32));
        if (head.Byte() != SnapshotFormat.VolatileTag || _groupEntries == 0)
        {
            throw WireReader.Corrupt("a group is not complete");
        }

        _volatile = Column(ref head, _volatile);
        (_stableAt, _index) = (0, 0);
        (_lastChanged, _lastInode) = (0, 0);
        _columns.Begin();
        ReadRacy();
        return true;
    }

    private void ReadRacy()
    {
        var columns = new WireReader(_volatile);
        _racy.Clear();
        int index = 0;
        for (ulong left = columns.Varint(SnapshotFormat.MaxGroupEntries); left > 0; left--)
        {
            index += (int)columns.Varint(SnapshotFormat.MaxGroupEntries);
            _racy.Add(index);
        }

        Whole(columns);
        _volatileAt = columns.Used;
    }

    private void End(ref WireReader head)
    {
        ulong entries = head.Varint();
        _hash?.Append(_spool.Peek(32)[..head.Used]);
        Hash128 hash = head.Hash();
        Whole(head);
        bool whole = entries == _entries && entries > 0 && _blocks.Count == 0 && (_hash is null || ContentHash.Of(_hash) == hash);
        _spool.Advance(head.Used);
        if (!whole || !_spool.Peek(1).IsEmpty)
        {
            throw WireReader.Corrupt("the snapshot's end does not match what came before");
        }

        _ended = true;
    }

    private byte[] Column(ref WireReader head, byte[] reuse)
    {
        int length = (int)head.Varint(SnapshotFormat.MaxColumnBytes);
        Whole(head);
        Take(head.Used);
        ReadOnlySpan<byte> bytes = _spool.Peek(length);
        if (bytes.Length < length)
        {
            throw WireReader.Corrupt("the snapshot ends inside a group");
        }

        byte[] column = reuse.Length == length ? reuse : new byte[length];
        bytes[..length].CopyTo(column);
        Take(length);
        return column;
    }

    private void Take(int bytes)
    {
        _hash?.Append(_spool.Peek(bytes)[..bytes]);
        _spool.Advance(bytes);
    }

    internal static void Whole(scoped in WireReader wire)
    {
        if (wire.Starved)
        {
            throw WireReader.Corrupt("the snapshot ends too early");
        }
    }
}
