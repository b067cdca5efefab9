using System.Buffers.Binary;
using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>Makes the snapshot while entries pass by, as pieces on a spool: groups cut by content, what every restore changes apart from what it
/// keeps.</summary>
internal sealed class SnapshotWriter : IDisposable
{
    private const int MaxRecord = StreamFormat.LongestRecord;
    private readonly SpoolFile _pieces;
    private readonly XxHash128 _hash = new();
    private readonly byte[] _stable = new byte[SnapshotFormat.GroupBytes + MaxRecord];
    private readonly byte[] _volatile = new byte[SnapshotFormat.MaxGroupEntries * 2 * WireWriter.MaxVarint];
    private readonly List<int> _racy = [];
    private readonly NameTable _names = new();
    private readonly Accounts _accounts = new();
    private readonly PathBuffer _last = new();
    private int _stableBytes;
    private int _volatileBytes;
    private int _groupEntries;
    private long _entries;
    private long _lastModified;
    private long _lastChanged;
    private ulong _lastInode;
    private (int Mode, uint User, uint Group) _lastRights;
    private long _readAt;
    private int _pieceLeft;

    internal SnapshotWriter(string spoolFolder, long scanStart)
    {
        _pieces = new SpoolFile(spoolFolder);
        Span<byte> header = stackalloc byte[SnapshotFormat.HeaderBytes];
        SnapshotFormat.Magic.CopyTo(header);
        header[6] = SnapshotFormat.Version;
        BinaryPrimitives.WriteInt64LittleEndian(header[7..], scanStart);
        AppendPiece(header, default);
    }

    internal void Add(TreeEntry entry)
    {
        ulong boundary = XxHash3.HashToUInt64(entry.Path.Span) & SnapshotFormat.BoundaryMask;
        if (_groupEntries == SnapshotFormat.MaxGroupEntries || _stableBytes >= SnapshotFormat.GroupBytes || (boundary == 0 && _groupEntries > 0))
        {
            EndGroup();
        }

        AddStable(entry);
        if (entry.Kind is EntryKind.File or EntryKind.Link)
        {
            AddVolatile(entry);
        }

        _last.Set(entry.Path.Span);
        _groupEntries++;
        _entries++;
    }

    /// <summary>Adds a piece of the block table of the file that is added next.</summary>
    internal void AddBlocks(ReadOnlySpan<byte> piece) => AppendPiece(piece, default);

    /// <summary>No more entries; pieces can be read.</summary>
    internal void Finish()
    {
        EndGroup();
        Span<byte> end = stackalloc byte[1 + WireWriter.MaxVarint + 16];
        var writer = new WireWriter(end);
        writer.Byte(SnapshotFormat.EndTag);
        writer.Varint((ulong)_entries);
        _hash.Append(end[..writer.Written]);
        writer.Hash(ContentHash.Of(_hash));
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, writer.Written);
        _pieces.Append(length);
        _pieces.Append(end[..writer.Written]);
    }

    /// <summary>The next piece, or as much of it as fits.</summary>
    internal int ReadPiece(Span<byte> buffer, out bool finished)
    {
        if (_pieceLeft == 0)
        {
            Span<byte> length = stackalloc byte[4];
            _pieces.ReadAt(_readAt, length);
            _pieceLeft = BinaryPrimitives.ReadInt32LittleEndian(length);
            _readAt += length.Length;
        }

        int bytes = Math.Min(_pieceLeft, buffer.Length);
        _pieces.ReadAt(_readAt, buffer[..bytes]);
        _readAt += bytes;
        _pieceLeft -= bytes;
        finished = _readAt == _pieces.Length;
        return bytes;
    }

    public void Dispose() => _pieces.Dispose();

    private void AddStable(TreeEntry entry)
    {
        var writer = new WireWriter(_stable.AsSpan(_stableBytes));
        writer.Path(_last.Span, entry.Path.Span);
        var rights = (entry.Mode, entry.UserId, entry.GroupId);
        bool same = _groupEntries > 0 && rights == _lastRights;
        bool hasBlocks = entry.Kind == EntryKind.File && entry.BlockPieces > 0;
        bool hasExtended = entry.Extended.Length > 0;
        writer.Byte((byte)((byte)entry.Kind | (same ? SnapshotFormat.SameRightsFlag : 0) | (hasBlocks ? SnapshotFormat.BlocksFlag : 0)
            | (hasExtended ? SnapshotFormat.ExtendedFlag : 0)));
        if (!same)
        {
            writer.Varint((ulong)entry.Mode);
            writer.Varint(entry.UserId);
            writer.Varint(entry.GroupId);
            _names.Write(ref writer, entry.UserId, entry.GroupId, _accounts);
            _names.Commit();
            _lastRights = rights;
        }

        if (hasExtended)
        {
            writer.Counted(entry.Extended);
        }

        if (entry.Kind == EntryKind.HardLink)
        {
            writer.Counted(entry.Leader.Span);
        }
        else
        {
            writer.Signed(unchecked(entry.Modified - _lastModified));
            _lastModified = entry.Modified;
            if (entry.Kind != EntryKind.Folder)
            {
                writer.Varint((ulong)entry.Size);
                writer.Hash(entry.Hash);
                if (hasBlocks)
                {
                    writer.Varint((ulong)entry.BlockPieces);
                }
            }
        }

        _stableBytes += writer.Written;
    }

    private void AddVolatile(TreeEntry entry)
    {
        var writer = new WireWriter(_volatile.AsSpan(_volatileBytes));
        writer.Signed(unchecked((long)(entry.Inode - _lastInode)));
        writer.Signed(unchecked(entry.Changed - _lastChanged));
        (_lastInode, _lastChanged) = (entry.Inode, entry.Changed);
        _volatileBytes += writer.Written;
        if (entry.Racy)
        {
            _racy.Add(_groupEntries);
        }
    }

    private void EndGroup()
    {
        if (_groupEntries == 0)
        {
            return;
        }

        Span<byte> head = stackalloc byte[1 + (2 * WireWriter.MaxVarint)];
        var writer = new WireWriter(head);
        writer.Byte(SnapshotFormat.StableTag);
        writer.Varint((ulong)_groupEntries);
        writer.Varint((ulong)_stableBytes);
        AppendPiece(head[..writer.Written], _stable.AsSpan(0, _stableBytes));

        byte[] racy = new byte[(_racy.Count + 1) * WireWriter.MaxVarint];
        var list = new WireWriter(racy);
        list.Varint((ulong)_racy.Count);
        int last = 0;
        foreach (int index in _racy)
        {
            list.Varint((ulong)(index - last));
            last = index;
        }

        byte[] columns = [.. racy.AsSpan(0, list.Written), .. _volatile.AsSpan(0, _volatileBytes)];
        writer = new WireWriter(head);
        writer.Byte(SnapshotFormat.VolatileTag);
        writer.Varint((ulong)columns.Length);
        AppendPiece(head[..writer.Written], columns);

        _racy.Clear();
        _names.Clear();
        _last.Truncate(0);
        (_groupEntries, _stableBytes, _volatileBytes) = (0, 0, 0);
        (_lastModified, _lastChanged, _lastInode, _lastRights) = (0, 0, 0, default);
    }

    private void AppendPiece(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, head.Length + body.Length);
        _pieces.Append(length);
        _pieces.Append(head);
        _pieces.Append(body);
        _hash.Append(head);
        _hash.Append(body);
    }
}
