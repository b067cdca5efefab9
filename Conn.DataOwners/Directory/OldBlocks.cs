using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>The block table of one file in the snapshot that an increment starts from. Invariant: one piece of it is in memory.</summary>
internal sealed class OldBlocks(SpoolFile spool, long position, int pieces)
{
    private readonly byte[] _piece = new byte[BlockFormat.MaxPieceBytes];
    private long _at = position;
    private int _left = pieces;
    private int _length;
    private long _number = -1;

    /// <summary>Gets the hash that a block had; blocks are asked for in order.</summary>
    internal bool TryGet(long block, out Hash128 hash)
    {
        (long number, long index) = Math.DivRem(block, BlockFormat.PieceBlocks);
        while (_number < number && TryNext())
        {
        }

        hash = default;
        return _number == number && BlockPiece.Read(_piece.AsSpan(0, _length), out _).TryGet((int)index, out hash);
    }

    /// <summary>Puts the whole table into a new snapshot, before the file's own entry.</summary>
    internal void CopyTo(SnapshotWriter snapshot)
    {
        while (TryNext())
        {
            snapshot.AddBlocks(_piece.AsSpan(0, _length));
        }
    }

    private bool TryNext()
    {
        if (_left == 0)
        {
            return false;
        }

        int got = spool.ReadAt(_at, _piece);
        long before = _number;
        _number = BlockPiece.Read(_piece.AsSpan(0, got), out _length).Number;
        (_at, _left) = (_at + _length, _left - 1);
        return _number > before ? true : throw WireReader.Corrupt("the pieces of a block table are not in order");
    }
}
