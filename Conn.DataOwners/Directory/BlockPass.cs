using System.IO.Hashing;
using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>One reading of a big file: its pieces in order, each within a block or a hole, with the hash of all and of each block. A block counts as
/// unchanged when its bytes, holes read as zeros, hash as before.</summary>
internal sealed class BlockPass(int file, long size, bool holes, OldBlocks? old, BlockTable table)
{
    private readonly byte[] _block = new byte[BlockFormat.BlockBytes];
    private readonly XxHash128 _hash = new();
    private long _offset;
    private long _extentEnd;
    private long _loaded = -1;
    private bool _isSame;
    private int _from;

    /// <summary>Gets whether the piece is a hole.</summary>
    internal bool IsHole { get; private set; }

    /// <summary>Gets whether the piece has the bytes that the file of before has there.</summary>
    internal bool IsSame => _isSame && !IsHole;

    /// <summary>Gets the length of the piece.</summary>
    internal long Length { get; private set; }

    /// <summary>Gets the bytes of a piece that is no hole.</summary>
    internal ReadOnlySpan<byte> Bytes => _block.AsSpan(_from, (int)Length);

    /// <summary>Gets whether it ended because the file is shorter than it was, or cannot be read.</summary>
    internal bool Failed { get; private set; }

    internal Hash128 Hash => ContentHash.Of(_hash);

    /// <summary>Goes to the next piece; false at the end.</summary>
    internal bool Next()
    {
        if (_offset == size || Failed)
        {
            return false;
        }

        IsHole = false;
        if (_offset == _extentEnd)
        {
            Failed = FileContent.NextData(file, _offset, size, holes, out long start, out _extentEnd) != 0;
            if (Failed)
            {
                return false;
            }

            if (start > _offset)
            {
                (IsHole, Length, _offset) = (true, start - _offset, start);
                FileContent.HashHole(_hash, Length);
                return true;
            }
        }

        return NextInBlock();
    }

    private bool NextInBlock()
    {
        (long block, long from) = Math.DivRem(_offset, BlockFormat.BlockBytes);
        if (block != _loaded && !Load(block))
        {
            Failed = true;
            return false;
        }

        _from = (int)from;
        Length = Math.Min(_extentEnd, (block + 1) * BlockFormat.BlockBytes) - _offset;
        _hash.Append(Bytes);
        _offset += Length;
        return true;
    }

    private bool Load(long block)
    {
        long start = block * BlockFormat.BlockBytes;
        Span<byte> bytes = _block.AsSpan(0, (int)Math.Min(BlockFormat.BlockBytes, size - start));
        if (Kernel.ReadAt(file, bytes, start, out int got) != 0 || got < bytes.Length)
        {
            return false;
        }

        Hash128 hash = ContentHash.Of(bytes);
        _isSame = old is not null && old.TryGet(block, out Hash128 before) && before == hash;
        _loaded = block;
        table.Add(block, hash);
        return true;
    }
}
