namespace Conn.PubSub.Observables;

/// <summary>One element of a property's stream: a value, or that there is none, with its stamp.</summary>
public readonly struct PropertyChange : IEquatable<PropertyChange>
{
    private const int TypeShift = 8;
    private const int CurrentShift = 16;
    private const int DroppedShift = 32;

    // Four words, each written and copied whole: an element is made once and copied for each observer.
    private readonly byte[]? _bytes;
    private readonly long _stamp;
    private readonly long _valueAndWriter;
    private readonly long _marks;

    private PropertyChange(byte[]? bytes, long stamp, long valueAndWriter, long marks)
    {
        _bytes = bytes;
        _stamp = stamp;
        _valueAndWriter = valueAndWriter;
        _marks = marks;
    }

    /// <summary>What is told.</summary>
    public PropertyChangeKind Kind => (PropertyChangeKind)(byte)_marks;

    /// <summary>The type of the property; <see cref="PropertyType.Int"/> when there is no value.</summary>
    public PropertyType Type => (PropertyType)(byte)(_marks >> TypeShift);

    /// <summary>The revision of the publish or delete; <see cref="Stamp.Never"/> for a first element without either.</summary>
    public Stamp Stamp => new(_stamp);

    /// <summary>The value of an integer property; 0 otherwise.</summary>
    public int Value => (int)_valueAndWriter;

    /// <summary>The value of a byte property, empty otherwise. Never changes, may be kept; observers share it.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>True when the element carries a value.</summary>
    public bool HasValue => Kind == PropertyChangeKind.Value;

    /// <summary>True for the first element of a stream: what was current. What comes after it is new. Not compared.</summary>
    public bool IsCurrent => ((_marks >> CurrentShift) & 1) != 0;

    /// <summary>
    /// With a queue of its own: how many elements were dropped for this observer just before this one. Not compared.
    /// </summary>
    public int Dropped => (int)(_marks >> DroppedShift);

    /// <summary>The client that published it; 0 for none.</summary>
    internal int Writer => (int)(_valueAndWriter >> 32);

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
        Kind == other.Kind && Type == other.Type && _stamp == other._stamp && Value == other.Value && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PropertyChange other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, _stamp, Value);

    /// <summary>Kind, value and stamp in words.</summary>
    /// <returns>For example <c>Value 5 @12</c>.</returns>
    public override string ToString() => Kind != PropertyChangeKind.Value ? $"{Kind} @{Stamp}"
        : Type == PropertyType.Int ? $"Value {Value} @{Stamp}"
        : $"Value [{Bytes.Length} bytes] @{Stamp}";

    internal static PropertyChange OfInt(int value, long stamp, int writer) =>
        new(null, stamp, Pack(value, writer), (long)PropertyChangeKind.Value);

    internal static PropertyChange OfBytes(PropertyType type, byte[] bytes, long stamp, int writer) =>
        new(bytes, stamp, Pack(0, writer), (long)PropertyChangeKind.Value | ((long)type << TypeShift));

    internal static PropertyChange Deleted(long stamp, int writer) => new(null, stamp, Pack(0, writer), (long)PropertyChangeKind.Deleted);

    internal static PropertyChange Undefined() => default;

    internal PropertyChange AsCurrent() => new(_bytes, _stamp, _valueAndWriter, _marks | (1L << CurrentShift));

    internal PropertyChange After(long dropped) =>
        new(_bytes, _stamp, _valueAndWriter, (_marks & ((1L << DroppedShift) - 1)) | (Math.Min(dropped, int.MaxValue) << DroppedShift));

    private static long Pack(int value, int writer) => (uint)value | ((long)writer << 32);
}
