using System.Buffers.Binary;
using Conn.PubSub;

namespace Conn.Testing.Suites.Bus;

/// <summary>The numbers that the suites publish: an integer, or the first four of eight bytes; 0 for no bytes.</summary>
internal static class Numbers
{
    public static PropertyValue Encode(PropertyType type, int number) => type == PropertyType.Int ? number : Bytes(number);

    public static byte[] Bytes(int number)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }

    public static int Of(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);

    public static int Of(PropertyValue value) => value.IsBytes ? Of(value.Bytes.Span) : value.Int;

    public static int Of(PropertyChange change) => change.Value ?? Of(change.Bytes.Span);
}
