namespace Conn.DataOwners.Directory;

/// <summary>Numbers of the data stream's format (docs/format-directory.md). Stored: never changed, only added to.</summary>
internal static class StreamFormat
{
    internal const byte Version = 3;
    internal const byte BaseKind = 0;
    internal const byte IncrementKind = 1;
    internal const int HeaderBytes = 24;

    /// <summary>The longest record without content: two paths, two names and a few numbers, without extended attributes.</summary>
    internal const int MaxRecord = (2 * (PathBuffer.MaxBytes + Posix.Accounts.MaxNameBytes)) + 128;

    /// <summary>The same with extended attributes.</summary>
    internal const int LongestRecord = MaxRecord + ExtendedSet.MaxBytes;

    internal const int MaxDataBytes = 1 << 24;

    internal static ReadOnlySpan<byte> Magic => "ConnDS"u8;
}
