namespace Conn.DataOwners.Directory;

/// <summary>Numbers of the snapshot's format (docs/format-directory.md). Stored: never changed, only added to.</summary>
internal static class SnapshotFormat
{
    internal const byte Version = 2;
    internal const int HeaderBytes = 15;

    internal const byte StableTag = (byte)'S';
    internal const byte VolatileTag = (byte)'V';
    internal const byte EndTag = (byte)'E';

    /// <summary>A piece of the block table of a big file.</summary>
    internal const byte BlocksTag = (byte)'B';

    /// <summary>A group ends before an entry whose path's hash has these bits clear.</summary>
    internal const ulong BoundaryMask = 1023;
    internal const int MaxGroupEntries = 4096;

    /// <summary>A group ends once its stable columns are this long, so that a piece fits 64 KiB.</summary>
    internal const int GroupBytes = 48 * 1024;

    /// <summary>What a reader accepts for the columns of one group.</summary>
    internal const int MaxColumnBytes = 1 << 20;

    internal const byte SameRightsFlag = 0x10;

    /// <summary>The file has a block table; how many pieces it has follows.</summary>
    internal const byte BlocksFlag = 0x20;
    /// <summary>The entry has extended attributes.</summary>
    internal const byte ExtendedFlag = 0x40;
    internal const byte KindMask = 0x0F;

    internal static ReadOnlySpan<byte> Magic => "ConnDX"u8;
}
