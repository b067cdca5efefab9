namespace Conn.PubSub;

/// <summary>Represents one element of a property's stream: a value, or that there is none, with its revision.</summary>
public readonly struct PropertyChange : IEquatable<PropertyChange>
{
    private const int TypeShift = 8;
    private const int CurrentShift = 16;
    private const int DroppedShift = 32;
    private const long KindAndType = 0xFFFF;

    // Four words, each written and copied whole: an element is made once and copied for each observer.
    private readonly byte[]? _bytes;
    private readonly long _revision;
    private readonly long _valueAndWriter;
    private readonly long _marks;

    private PropertyChange(byte[]? bytes, long revision, long valueAndWriter, long marks)
    {
        _bytes = bytes;
        _revision = revision;
        _valueAndWriter = valueAndWriter;
        _marks = marks;
    }

    /// <summary>Gets the kind of the element.</summary>
    public PropertyChangeKind Kind => (PropertyChangeKind)(byte)_marks;

    /// <summary>Gets the type of the property; <see cref="PropertyType.Int"/> when there is no value.</summary>
    public PropertyType Type => (PropertyType)(byte)(_marks >> TypeShift);

    /// <summary>Gets the revision of the publish or delete; <see cref="Revision.None"/> for a first element without either.</summary>
    public Revision Revision => new(_revision);

    /// <summary>Gets the value of an integer property; null when there is no value, and for bytes.</summary>
    public int? Value => (_marks & KindAndType) == (long)PropertyChangeKind.Value ? Int : null;

    /// <summary>Gets the value of a byte property, empty otherwise. Never changes, may be kept; observers share it.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Gets whether the element has a value.</summary>
    public bool HasValue => Kind == PropertyChangeKind.Value;

    /// <summary>Gets whether the element was current when the observer subscribed. Only the first element can be: it is not, if the property was published since.
    /// Not compared.</summary>
    public bool IsCurrent => ((_marks >> CurrentShift) & 1) != 0;

    /// <summary>Gets the number of elements that were dropped for this observer since the element before, with buffered delivery. Not compared.</summary>
    public int Dropped => (int)(_marks >> DroppedShift);

    /// <summary>The integer, 0 when there is none.</summary>
    internal int Int => (int)_valueAndWriter;

    /// <summary>The client that published it; 0 for none.</summary>
    internal int Writer => (int)(_valueAndWriter >> 32);

    /// <summary>Compares kind, type, revision and content.</summary>
    /// <param name="left">One element.</param>
    /// <param name="right">Another element.</param>
    public static bool operator ==(PropertyChange left, PropertyChange right) => left.Equals(right);

    /// <summary>Compares kind, type, revision and content.</summary>
    /// <param name="left">One element.</param>
    /// <param name="right">Another element.</param>
    public static bool operator !=(PropertyChange left, PropertyChange right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(PropertyChange other) =>
        Kind == other.Kind && Type == other.Type && _revision == other._revision && Int == other.Int && Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PropertyChange other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, _revision, Int);

    /// <summary>Kind, value and revision in words.</summary>
    /// <returns>For example <c>Value 5 @12</c>.</returns>
    public override string ToString() => Kind != PropertyChangeKind.Value ? $"{Kind} @{Revision}"
        : Type == PropertyType.Int ? $"Value {Int} @{Revision}"
        : $"Value [{Bytes.Length} bytes] @{Revision}";

    internal static PropertyChange OfInt(int value, long revision, int writer) =>
        new(null, revision, Pack(value, writer), (long)PropertyChangeKind.Value);

    internal static PropertyChange OfBytes(PropertyType type, byte[] bytes, long revision, int writer) =>
        new(bytes, revision, Pack(0, writer), (long)PropertyChangeKind.Value | ((long)type << TypeShift));

    internal static PropertyChange Deleted(long revision, int writer) => new(null, revision, Pack(0, writer), (long)PropertyChangeKind.Deleted);

    internal static PropertyChange Undefined() => default;

    internal PropertyChange AsCurrent() => new(_bytes, _revision, _valueAndWriter, _marks | (1L << CurrentShift));

    internal PropertyChange After(long dropped) =>
        new(_bytes, _revision, _valueAndWriter, (_marks & ((1L << DroppedShift) - 1)) | (Math.Min(dropped, int.MaxValue) << DroppedShift));

    private static long Pack(int value, int writer) => (uint)value | ((long)writer << 32);
}
