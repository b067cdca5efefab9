namespace Conn.PubSub.Observables;

/// <summary>One element of a property's stream: a value, or that there is none, with its stamp.</summary>
public readonly struct PropertyChange : IEquatable<PropertyChange>
{
    private readonly byte[]? _bytes;
    private readonly int _value;
    private readonly int _writer;
    private readonly byte _kind;
    private readonly byte _type;
    private readonly bool _current;
    private readonly ushort _dropped;

    private PropertyChange(PropertyChangeKind kind, PropertyType type, Stamp stamp, int value, byte[]? bytes, int writer, bool current = false, ushort dropped = 0)
    {
        _kind = (byte)kind;
        _type = (byte)type;
        Stamp = stamp;
        _value = value;
        _bytes = bytes;
        _writer = writer;
        _current = current;
        _dropped = dropped;
    }

    /// <summary>What is told.</summary>
    public PropertyChangeKind Kind => (PropertyChangeKind)_kind;

    /// <summary>The type of the property; <see cref="PropertyType.Int"/> when there is no value.</summary>
    public PropertyType Type => (PropertyType)_type;

    /// <summary>The revision of the publish or delete; <see cref="Stamp.Never"/> for a first element without either.</summary>
    public Stamp Stamp { get; }

    /// <summary>The value of an integer property; 0 otherwise.</summary>
    public int Value => _value;

    /// <summary>The value of a byte property, empty otherwise. Never changes, may be kept; observers share it.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>True when the element carries a value.</summary>
    public bool HasValue => Kind == PropertyChangeKind.Value;

    /// <summary>True for the first element of a stream: what was current. What comes after it is new. Not compared.</summary>
    public bool IsCurrent => _current;

    /// <summary>
    /// With a queue of its own: how many elements were dropped for this observer just before this one; at most 65535 are told.
    /// Not compared.
    /// </summary>
    public int Dropped => _dropped;

    /// <summary>The client that published it; 0 for none.</summary>
    internal int Writer => _writer;

    /// <summary>Compares kind, type, stamp and content.</summary>
    /// <param name="left">One element.</param>
    /// <param name="right">Another element.</param>
    public static bool operator ==(PropertyChange left, PropertyChange right) => left.Equals(right);

    /// <summary>Compares kind, type, stamp and content.</summary>
    /// <param name="left">One element.</param>
    /// <param name="right">Another element.</param>
    public static bool operator !=(PropertyChange left, PropertyChange right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(PropertyChange other) =>
        _kind == other._kind && _type == other._type && Stamp == other.Stamp && _value == other._value && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PropertyChange other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_kind, Stamp, _value);

    /// <summary>Kind, value and stamp in words.</summary>
    /// <returns>For example <c>Value 5 @12</c>.</returns>
    public override string ToString() => Kind != PropertyChangeKind.Value ? $"{Kind} @{Stamp}"
        : Type == PropertyType.Int ? $"Value {_value} @{Stamp}"
        : $"Value [{Bytes.Length} bytes] @{Stamp}";

    internal static PropertyChange OfInt(int value, long stamp, int writer) =>
        new(PropertyChangeKind.Value, PropertyType.Int, new Stamp(stamp), value, null, writer);

    internal static PropertyChange OfBytes(PropertyType type, byte[] bytes, long stamp, int writer) =>
        new(PropertyChangeKind.Value, type, new Stamp(stamp), 0, bytes, writer);

    internal static PropertyChange Deleted(long stamp, int writer) => new(PropertyChangeKind.Deleted, default, new Stamp(stamp), 0, null, writer);

    internal static PropertyChange Undefined() => default;

    internal PropertyChange AsCurrent() => new(Kind, Type, Stamp, _value, _bytes, _writer, true, _dropped);

    internal PropertyChange After(long dropped) => new(Kind, Type, Stamp, _value, _bytes, _writer, _current, (ushort)Math.Min(dropped, ushort.MaxValue));
}
