using System.Buffers.Binary;
using System.Numerics;

namespace Conn.DataOwners.Directory;

/// <summary>One piece of a block table: which blocks of a range have a hash, and the hashes.</summary>
internal readonly ref struct BlockPiece
{
    private readonly ReadOnlySpan<byte> _columns;

    private BlockPiece(long number, ReadOnlySpan<byte> columns)
    {
        Number = number;
        _columns = columns;
    }

    /// <summary>Gets which range of <see cref="BlockFormat.PieceBlocks"/> blocks it is for.</summary>
    internal long Number { get; }

    /// <summary>Reads a piece, all of which is there.</summary>
    /// <param name="from">The piece and what follows it.</param>
    /// <param name="length">How long it is.</param>
    internal static BlockPiece Read(ReadOnlySpan<byte> from, out int length)
    {
        var wire = new WireReader(from);
        bool tagged = wire.Byte() == SnapshotFormat.BlocksTag;
        ulong number = wire.Varint(long.MaxValue / BlockFormat.BlockBytes / BlockFormat.PieceBlocks);
        ReadOnlySpan<byte> columns = wire.Counted(BlockFormat.MaxColumnBytes);
        SnapshotReader.Whole(wire);
        length = wire.Used;
        int hashes = columns.Length < BlockFormat.BitmapBytes ? 0 : Count(columns[..BlockFormat.BitmapBytes]);
        return tagged && hashes > 0 && columns.Length == BlockFormat.BitmapBytes + (hashes * BlockFormat.HashBytes)
            ? new BlockPiece((long)number, columns)
            : throw WireReader.Corrupt("a block table is not well-formed");
    }

    /// <summary>Gets the hash of a block of the range; false when it has none.</summary>
    internal bool TryGet(int index, out Hash128 hash)
    {
        hash = default;
        int bit = 1 << (index % 8);
        if ((_columns[index / 8] & bit) == 0)
        {
            return false;
        }

        int before = Count(_columns[..(index / 8)]) + BitOperations.PopCount((uint)(_columns[index / 8] & (bit - 1)));
        hash = Hash128.ReadLittleEndian(_columns[(BlockFormat.BitmapBytes + (before * BlockFormat.HashBytes))..]);
        return true;
    }

    private static int Count(ReadOnlySpan<byte> bits)
    {
        int count = 0;
        for (; bits.Length >= sizeof(ulong); bits = bits[sizeof(ulong)..])
        {
            count += BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(bits));
        }

        foreach (byte rest in bits)
        {
            count += BitOperations.PopCount(rest);
        }

        return count;
    }
}
