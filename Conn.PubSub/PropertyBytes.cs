namespace Conn.PubSub;

/// <summary>Reads byte properties whose length is not known.</summary>
public static class PropertyBytes
{
    /// <summary>Reads all bytes of a property into a new array.</summary>
    /// <param name="property">A handle.</param>
    /// <param name="bytes">The bytes, the caller's own; empty unless Success is returned.</param>
    /// <param name="revision">The revision of the publish that wrote this value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), Success.</returns>
    public static ErrorCode TryRead(this IProperty property, out byte[] bytes, out Revision revision)
    {
        ArgumentNullException.ThrowIfNull(property);
        Span<byte> small = stackalloc byte[PropertyLimits.MaxByteArrayBytes];
        ErrorCode code = property.TryGet(small, out int length, out revision);
        bytes = code.IsSuccess ? small[..length].ToArray() : [];
        while (code == ErrorCode.Overflow)
        {
            byte[] large = new byte[length];
            code = property.TryGet(large, out length, out revision);
            bytes = code.IsSuccess ? large[..length] : [];
        }

        return code;
    }
}
