namespace Conn.PubSub;

/// <summary>What a property holds. The numbers are stored and sent.</summary>
/// <remarks>Source: RProperty::TType.</remarks>
public enum PropertyType
{
    /// <summary>A signed 32-bit number; 0 when defined.</summary>
    Int = 0,

    /// <summary>0 to <see cref="PropertyLimits.MaxByteArrayBytes"/> bytes; empty when defined.</summary>
    ByteArray = 1,

    /// <summary>0 to <see cref="PropertyLimits.MaxLargeByteArrayBytes"/> bytes; empty when defined.</summary>
    LargeByteArray = 2,
}
