using System.IO.Hashing;

namespace Conn.Repository.Format;

/// <summary>XXH128 as a value.</summary>
internal static class ContentHash
{
    public static Hash128 Of(ReadOnlySpan<byte> content, long seed = 0)
    {
        Span<byte> hash = stackalloc byte[Hash128.Bytes];
        XxHash128.Hash(content, hash, seed);
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
