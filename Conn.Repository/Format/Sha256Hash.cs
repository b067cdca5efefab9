using System.Security.Cryptography;

namespace Conn.Repository.Format;

/// <summary>A SHA-256 as a value: comparable, and usable as a key.</summary>
internal readonly record struct Sha256Hash(Hash128 First, Hash128 Second)
{
    public static Sha256Hash Of(ReadOnlySpan<byte> plain)
    {
        Span<byte> sha = stackalloc byte[FormatLimits.ShaBytes];
        SHA256.HashData(plain, sha);
        return Read(sha);
    }

    public static Sha256Hash Read(ReadOnlySpan<byte> source) =>
        new(Hash128.ReadBigEndian(source), Hash128.ReadBigEndian(source[16..]));

    public void Write(Span<byte> target)
    {
        First.WriteBigEndian(target);
        Second.WriteBigEndian(target[16..]);
    }
}
