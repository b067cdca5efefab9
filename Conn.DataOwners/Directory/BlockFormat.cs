namespace Conn.DataOwners.Directory;

/// <summary>Numbers of the block tables of big files (docs/format-directory.md). Stored: never changed.</summary>
internal static class BlockFormat
{
    /// <summary>A larger file has a block table in the snapshot, so that an increment stores its changed blocks only.</summary>
    internal const long LargestWholeFile = 16 << 20;

    /// <summary>1 MiB written to one place stores at most 1.1 MiB, 1 MiB in 4 KiB writes all over a file 16 MiB; the table has 1/4096 of the file's
    /// size.</summary>
    internal const int BlockBytes = 64 * 1024;

    /// <summary>A piece of a table is for 128 MiB of the file, and has at most 33 KiB.</summary>
    internal const int PieceBlocks = 2048;

    internal const int BitmapBytes = PieceBlocks / 8;
    internal const int HashBytes = 16;
    internal const int MaxColumnBytes = BitmapBytes + (PieceBlocks * HashBytes);
    internal const int MaxPieceBytes = 1 + (2 * WireWriter.MaxVarint) + MaxColumnBytes;
}
