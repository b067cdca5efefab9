using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Conn.Repository.Format;

/// <summary>A SHA-256 as a value: comparable, and usable as a key.</summary>
internal readonly record struct Sha256Hash(UInt128 First, UInt128 Second)
{
    public static Sha256Hash Of(ReadOnlySpan<byte> plain)
    {
        Span<byte> sha = stackalloc byte[FormatLimits.ShaBytes];
        SHA256.HashData(plain, sha);
        return Read(sha);
    }

    public static Sha256Hash Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(source), BinaryPrimitives.ReadUInt128BigEndian(source[16..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt128BigEndian(target, First);
        BinaryPrimitives.WriteUInt128BigEndian(target[16..], Second);
    }
}
