using System.Buffers.Binary;

namespace Conn;

/// <summary>128 bits: the XXH128 of some content, or a random id. A value; the default is 0.</summary>
/// <remarks>In place of the 128-bit integer of the framework, because methods that touch one of those are not compiled ahead of time.</remarks>
/// <param name="Upper">The first 64 bits.</param>
/// <param name="Lower">The last 64 bits.</param>
public readonly record struct Hash128(ulong Upper, ulong Lower)
{
    /// <summary>The size as bytes (16).</summary>
    public const int Bytes = 16;

    /// <summary>Reads 16 bytes, the most significant first.</summary>
    /// <param name="source">At least 16 bytes.</param>
    /// <returns>The value.</returns>
    public static Hash128 ReadBigEndian(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source), BinaryPrimitives.ReadUInt64BigEndian(source[8..]));

    /// <summary>Reads 16 bytes, the least significant first.</summary>
    /// <param name="source">At least 16 bytes.</param>
    /// <returns>The value.</returns>
    public static Hash128 ReadLittleEndian(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64LittleEndian(source[8..]), BinaryPrimitives.ReadUInt64LittleEndian(source));

    /// <summary>Writes 16 bytes, the most significant first.</summary>
    /// <param name="target">At least 16 bytes.</param>
    public void WriteBigEndian(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, Upper);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], Lower);
    }

    /// <summary>Writes 16 bytes, the least significant first.</summary>
    /// <param name="target">At least 16 bytes.</param>
    public void WriteLittleEndian(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Lower);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Upper);
    }

    /// <summary>Gives 32 hexadecimal digits, in lower case.</summary>
    /// <returns>The digits.</returns>
    public override string ToString() => $"{Upper:x16}{Lower:x16}";
}
