using System.IO.Hashing;

namespace Conn.DataOwners.Directory;

/// <summary>XXH128 as a value.</summary>
internal static class ContentHash
{
    public static Hash128 Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Hash128.Bytes];
        XxHash128.Hash(content, hash);
        return Hash128.ReadBigEndian(hash);
    }

    /// <summary>The hash of what was appended until now.</summary>
    public static Hash128 Of(XxHash128 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash128.Bytes];
        hash.GetCurrentHash(bytes);
        return Hash128.ReadBigEndian(bytes);
    }
}
