using System.Buffers.Binary;
using System.IO.Hashing;

namespace Conn.DataOwners.Sqlite;

/// <summary>The bytes of one backup: header, all pages or the changed ones, digest. Each page is hashed once, on its way out.</summary>
internal sealed class BackupStream
{
    private const int BlockBytes = 1024 * 1024;

    private readonly SourceCopy _copy;
    private readonly PageHashes _hashes;
    private readonly ReceivedSnapshot? _parent;
    private readonly Action? _progress;
    private readonly byte[] _block = new byte[BlockBytes];
    private readonly byte[] _record;
    private ReadOnlyMemory<byte> _chunk;
    private uint _nextPage = 1;
    private int _blockUsed;
    private int _blockAt;
    private bool _trailerGiven;

    public BackupStream(SourceCopy copy, PageHashes hashes, ReceivedSnapshot? parent, Action? progress)
    {
        _copy = copy;
        _hashes = hashes;
        _parent = parent;
        _progress = progress;
        _record = new byte[sizeof(uint) + copy.PageSize];
        SnapshotHeader? from = parent?.Header;
        _chunk = new StreamHeader(
            from is not null, copy.Wal, copy.UnixMode, copy.PageSize, copy.PageCount, from?.PageCount ?? 0, from?.Digest ?? new byte[StateDigest.Bytes]).ToBytes();
    }

    /// <summary>The state's snapshot header, once the stream has ended.</summary>
    public SnapshotHeader? Result { get; private set; }

    public int Read(Span<byte> buffer, out bool finished, CancellationToken cancellationToken)
    {
        int filled = 0;
        while (filled < buffer.Length && (!_chunk.IsEmpty || NextChunk(cancellationToken)))
        {
            int piece = Math.Min(_chunk.Length, buffer.Length - filled);
            _chunk.Span[..piece].CopyTo(buffer[filled..]);
            _chunk = _chunk[piece..];
            filled += piece;
        }

        finished = _trailerGiven && _chunk.IsEmpty;
        return filled;
    }

    private bool NextChunk(CancellationToken cancellationToken)
    {
        while (!_trailerGiven)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_blockAt == _blockUsed && !NextBlock())
            {
                byte[] digest = _hashes.Seal(_copy.PageSize, _copy.PageCount);
                Result = new SnapshotHeader(_copy.PageSize, _copy.PageCount, digest);
                _chunk = _parent is null ? digest : (byte[])[0, 0, 0, 0, .. digest];
                _trailerGiven = true;
                return true;
            }

            if (_parent is null ? WholeBlock() : NextChangedPage())
            {
                return true;
            }
        }

        return false;
    }

    private bool NextBlock()
    {
        if (_nextPage > _copy.PageCount)
        {
            return false;
        }

        _blockUsed = _copy.ReadPages(_nextPage, _block);
        _blockAt = 0;
        _progress?.Invoke();
        return true;
    }

    private bool WholeBlock()
    {
        Span<byte> hash = stackalloc byte[PageHashes.HashBytes];
        for (int at = 0; at < _blockUsed; at += _copy.PageSize)
        {
            XxHash128.Hash(_block.AsSpan(at, _copy.PageSize), hash);
            _hashes.Append(hash);
        }

        // Handed out in place: the block is not read into again before this chunk is used up.
        _chunk = _block.AsMemory(0, _blockUsed);
        _nextPage += (uint)(_blockUsed / _copy.PageSize);
        _blockAt = _blockUsed;
        return true;
    }

    private bool NextChangedPage()
    {
        Span<byte> hash = stackalloc byte[PageHashes.HashBytes];
        while (_blockAt < _blockUsed)
        {
            Span<byte> page = _block.AsSpan(_blockAt, _copy.PageSize);
            uint number = _nextPage++;
            _blockAt += _copy.PageSize;
            XxHash128.Hash(page, hash);
            _hashes.Append(hash);
            if (number > _parent!.Header!.PageCount || !_parent.HashOf(number).SequenceEqual(hash))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(_record, number);
                page.CopyTo(_record.AsSpan(sizeof(uint)));
                _chunk = _record;
                return true;
            }
        }

        return false;
    }
}
