using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Conn.PubSub;

/// <summary>Text as the value of a byte property: UTF-16 code units, the low byte first. A byte array holds 256 of them, a large one 32767.</summary>
/// <remarks>Units are copied as they are, lone surrogates too. Source: the descriptor overloads of RProperty.</remarks>
public static class PropertyText
{
    private const int UnitBytes = sizeof(char);

    /// <summary>Makes the value of a text.</summary>
    /// <param name="text">Up to 32767 units; may be empty.</param>
    /// <returns>The value.</returns>
    public static PropertyValue Encode(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length * UnitBytes];
        for (int i = 0; i < text.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * UnitBytes), text[i]);
        }

        return bytes;
    }

    /// <summary>Reads the text of bytes.</summary>
    /// <param name="bytes">The bytes of a value.</param>
    /// <param name="text">The text; empty when false is returned.</param>
    /// <returns>False for an odd number of bytes.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out string text)
    {
        if (bytes.Length % UnitBytes != 0)
        {
            text = string.Empty;
            return false;
        }

        text = string.Create(bytes.Length / UnitBytes, bytes, static (units, from) =>
        {
            for (int i = 0; i < units.Length; i++)
            {
                units[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(from[(i * UnitBytes)..]);
            }
        });
        return true;
    }

    /// <summary>Reads a byte property as text.</summary>
    /// <param name="property">A handle.</param>
    /// <param name="text">The whole text; empty unless Success is returned.</param>
    /// <param name="revision">The revision of the publish that wrote this value; None unless Success or Corrupt is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), Corrupt (an odd number of bytes), Success.</returns>
    public static ErrorCode TryGetText(this IProperty property, out string text, out Revision revision)
    {
        ArgumentNullException.ThrowIfNull(property);
        return TryDecode(PropertyBytes.TryRead(property, out byte[] bytes, out revision), bytes, out text);
    }

    /// <summary>Reads a byte property as text.</summary>
    /// <param name="client">The client that reads.</param>
    /// <param name="name">The name.</param>
    /// <param name="text">The whole text; empty unless Success is returned.</param>
    /// <param name="revision">The revision of the publish that wrote this value; None unless Success or Corrupt is returned.</param>
    /// <returns>As <see cref="TryGetText(IProperty, out string, out Revision)"/>.</returns>
    public static ErrorCode TryGetText(this PropertyClient client, PropertyName name, out string text, out Revision revision)
    {
        ArgumentNullException.ThrowIfNull(client);
        using Property property = client.Attach(name);
        return property.TryGetText(out text, out revision);
    }

    /// <summary>Publishes text as the value of a byte property.</summary>
    /// <param name="client">The client that publishes.</param>
    /// <param name="name">The name.</param>
    /// <param name="text">Up to 256 units for a byte array, 32767 for a large one; may be empty.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), TooBig, NoMemory, Success.</returns>
    public static ErrorCode TrySetText(this PropertyClient client, PropertyName name, ReadOnlySpan<char> text)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.TrySet(name, BitConverter.IsLittleEndian ? MemoryMarshal.AsBytes(text) : Encode(text).Bytes.Span);
    }

    /// <summary>Publishes text as the value of a byte property.</summary>
    /// <param name="property">A handle.</param>
    /// <param name="text">Up to 256 units for a byte array, 32767 for a large one; may be empty.</param>
    /// <returns>As <see cref="TrySetText(PropertyClient, PropertyName, ReadOnlySpan{char})"/>.</returns>
    public static ErrorCode TrySetText(this Property property, ReadOnlySpan<char> text)
    {
        ArgumentNullException.ThrowIfNull(property);
        return property.TrySet(BitConverter.IsLittleEndian ? MemoryMarshal.AsBytes(text) : Encode(text).Bytes.Span);
    }

    private static ErrorCode TryDecode(ErrorCode code, byte[] bytes, out string text)
    {
        text = string.Empty;
        return code.IsSuccess && !TryDecode(bytes, out text) ? ErrorCode.Corrupt : code;
    }
}
