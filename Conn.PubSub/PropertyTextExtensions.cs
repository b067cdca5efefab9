using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Conn.PubSub;

/// <summary>Text as a view of a byte property: UTF-16 code units, the low byte of each first. A byte array takes 256 of them, a large one 32767.</summary>
/// <remarks>Units are taken as they are, lone surrogates too. Source: the descriptor overloads of RProperty.</remarks>
public static class PropertyTextExtensions
{
    private const int UnitBytes = sizeof(char);

    /// <summary>Reads a byte property as text, with its stamp.</summary>
    /// <param name="client">Who reads.</param>
    /// <param name="name">The name.</param>
    /// <param name="text">The whole text; empty unless None is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value; Never unless None or Corrupt is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), Corrupt (an odd number of bytes), None.</returns>
    public static ErrorCode GetText(this IPropertyClient client, PropertyName name, out string text, out Stamp stamp)
    {
        ArgumentNullException.ThrowIfNull(client);
        text = string.Empty;
        Span<byte> bytes = stackalloc byte[PropertyLimits.MaxByteArrayBytes];
        ErrorCode code = client.Get(name, bytes, out int length, out stamp);
        if (code == ErrorCode.Overflow)
        {
            bytes = new byte[PropertyLimits.MaxLargeByteArrayBytes];
            code = client.Get(name, bytes, out length, out stamp);
        }

        return code.IsNone ? Decode(bytes[..length], out text) : code;
    }

    /// <summary>Publishes text as the value of a byte property.</summary>
    /// <param name="client">Who publishes.</param>
    /// <param name="name">The name.</param>
    /// <param name="text">Up to 256 units for a byte array, 32767 for a large one; may be empty.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), TooBig, NoMemory, None.</returns>
    public static ErrorCode SetText(this IPropertyClient client, PropertyName name, ReadOnlySpan<char> text)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.Set(name, BitConverter.IsLittleEndian ? MemoryMarshal.AsBytes(text) : Encode(text));
    }

    private static ErrorCode Decode(ReadOnlySpan<byte> bytes, out string text)
    {
        if (bytes.Length % UnitBytes != 0)
        {
            text = string.Empty;
            return ErrorCode.Corrupt;
        }

        text = string.Create(bytes.Length / UnitBytes, bytes, static (units, from) =>
        {
            for (int i = 0; i < units.Length; i++)
            {
                units[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(from[(i * UnitBytes)..]);
            }
        });
        return ErrorCode.None;
    }

    private static byte[] Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length * UnitBytes];
        for (int i = 0; i < text.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * UnitBytes), text[i]);
        }

        return bytes;
    }
}
