namespace Conn.PubSub;

/// <summary>The sizes a property may have.</summary>
public static class PropertyLimits
{
    /// <summary>The most bytes a <see cref="PropertyType.ByteArray"/> holds (512).</summary>
    public const int MaxByteArrayBytes = 512;

    /// <summary>The most bytes a <see cref="PropertyType.LargeByteArray"/> holds (65535).</summary>
    public const int MaxLargeByteArrayBytes = 65535;
}
