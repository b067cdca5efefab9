namespace Conn.PubSub;

/// <summary>Represents a value to publish, or one that was read: a 32-bit integer or bytes.</summary>
/// <remarks>The default is the integer 0. A publish copies bytes before it returns; bytes that were read belong to the caller.</remarks>
public readonly struct PropertyValue : IEquatable<PropertyValue>
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _int;

    /// <summary>Makes an integer value.</summary>
    /// <param name="value">Any integer.</param>
    public PropertyValue(int value) => _int = value;

    /// <summary>Makes a value of bytes.</summary>
    /// <param name="value">0 to 65535 bytes, not copied here.</param>
    public PropertyValue(ReadOnlyMemory<byte> value)
    {
        _bytes = value;
        IsBytes = true;
    }

    /// <summary>Gets whether the value is bytes.</summary>
    public bool IsBytes { get; }

    /// <summary>Gets the integer; 0 for bytes.</summary>
    public int Int => _int;

    /// <summary>Gets the bytes; empty for an integer.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Makes an integer value.</summary>
    /// <param name="value">Any integer.</param>
    public static implicit operator PropertyValue(int value) => new(value);

    /// <summary>Makes a value of bytes.</summary>
    /// <param name="value">The bytes, not copied here; null stands for none.</param>
    public static implicit operator PropertyValue(byte[]? value) => new((ReadOnlyMemory<byte>)value);

    /// <summary>Makes a value of bytes.</summary>
    /// <param name="value">The bytes, not copied here.</param>
    public static implicit operator PropertyValue(ReadOnlyMemory<byte> value) => new(value);

    /// <summary>Makes a value of bytes.</summary>
    /// <param name="value">The bytes, not copied here.</param>
    public static implicit operator PropertyValue(Memory<byte> value) => new((ReadOnlyMemory<byte>)value);

    /// <summary>Compares kind and content.</summary>
    /// <param name="left">A value.</param>
    /// <param name="right">Another value.</param>
    public static bool operator ==(PropertyValue left, PropertyValue right) => left.Equals(right);

    /// <summary>Compares kind and content.</summary>
    /// <param name="left">A value.</param>
    /// <param name="right">Another value.</param>
    public static bool operator !=(PropertyValue left, PropertyValue right) => !left.Equals(right);

    /// <summary>Makes an integer value.</summary>
    /// <param name="value">Any integer.</param>
    /// <returns>The value.</returns>
    public static PropertyValue FromInt32(int value) => new(value);

    /// <inheritdoc/>
    public bool Equals(PropertyValue other) => IsBytes == other.IsBytes && _int == other._int && _bytes.Span.SequenceEqual(other._bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PropertyValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsBytes, _int, _bytes.Length);

    /// <summary>Returns the integer, or the number of bytes.</summary>
    /// <returns>For example <c>5</c> or <c>[12 bytes]</c>.</returns>
    public override string ToString() => IsBytes ? $"[{_bytes.Length} bytes]" : $"{_int}";
}
