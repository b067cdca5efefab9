using Conn.DataOwners.Posix;

namespace Conn.DataOwners.Directory;

/// <summary>The hashes of a file's blocks while the file is read: pieces as a snapshot stores them, on a spool until the file turns out to be whole.</summary>
internal sealed class BlockTable(string spoolFolder) : IDisposable
{
    private readonly SpoolFile _pieces = new(spoolFolder);
    private readonly byte[] _columns = new byte[BlockFormat.MaxColumnBytes];
    private readonly byte[] _piece = new byte[BlockFormat.MaxPieceBytes];
    private long _number;
    private int _used = BlockFormat.BitmapBytes;

    /// <summary>Takes the hash of a block; blocks come in order, those without one are left out.</summary>
    internal void Add(long block, Hash128 hash)
    {
        (long number, long index) = Math.DivRem(block, BlockFormat.PieceBlocks);
        if (number != _number)
        {
            EndPiece();
            _number = number;
        }

        _columns[index / 8] |= (byte)(1 << (int)(index % 8));
        hash.WriteLittleEndian(_columns.AsSpan(_used));
        _used += BlockFormat.HashBytes;
    }

    /// <summary>Puts the table into a snapshot, before the file's own entry.</summary>
    /// <returns>How many pieces it has.</returns>
    internal int MoveTo(SnapshotWriter snapshot)
    {
        EndPiece();
        int pieces = 0;
        for (long at = 0; at < _pieces.Length; pieces++)
        {
            Span<byte> piece = _piece.AsSpan(0, _pieces.CountAt(at, out long start));
            _pieces.ReadAt(start, piece);
            snapshot.AddBlocks(piece);
            at = start + piece.Length;
        }

        return pieces;
    }

    public void Dispose() => _pieces.Dispose();

    private void EndPiece()
    {
        if (_used == BlockFormat.BitmapBytes)
        {
            return;
        }

        var writer = new WireWriter(_piece);
        writer.Byte(SnapshotFormat.BlocksTag);
        writer.Varint((ulong)_number);
        writer.Counted(_columns.AsSpan(0, _used));
        _pieces.AppendCounted(_piece.AsSpan(0, writer.Written));
        _columns.AsSpan(0, BlockFormat.BitmapBytes).Clear();
        _used = BlockFormat.BitmapBytes;
    }
}
