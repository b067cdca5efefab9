using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Conn.PubSub;

/// <summary>Converts between a type and the value of a property.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <remarks>Values that are read are untrusted: any client that the write policy accepts may publish them.</remarks>
public abstract class PropertyCodec<T>
{
    /// <summary>Gets the type of property that holds the values: Int, or one of the byte types.</summary>
    public abstract PropertyType Type { get; }

    /// <summary>Makes the value of an object.</summary>
    /// <param name="value">The object.</param>
    /// <returns>An integer for <see cref="PropertyType.Int"/>, otherwise bytes.</returns>
    public abstract PropertyValue Encode(T value);

    /// <summary>Makes the object of a value.</summary>
    /// <param name="value">A value of the kind that <see cref="Type"/> says.</param>
    /// <param name="decoded">The object.</param>
    /// <returns>False when the value is not one of <typeparamref name="T"/>.</returns>
    public abstract bool TryDecode(PropertyValue value, [MaybeNullWhen(false)] out T decoded);
}

/// <summary>The codecs of common types.</summary>
public static class PropertyCodec
{
    /// <summary>Gets the codec of integers.</summary>
    public static PropertyCodec<int> Int32 { get; } = new IntCodec<int>(static v => v, static v => (true, v));

    /// <summary>Gets the codec of truth values: 0 and 1 in an integer property.</summary>
    public static PropertyCodec<bool> Boolean { get; } = new IntCodec<bool>(static v => v ? 1 : 0, static v => (v is 0 or 1, v == 1));

    /// <summary>Gets the codec of text in a large byte property, see <see cref="PropertyText"/>.</summary>
    public static PropertyCodec<string> Text { get; } = new TextCodec();

    /// <summary>Makes the codec of an enumeration in an integer property.</summary>
    /// <typeparam name="T">An enumeration of 32 bits or less. A number without a name is not a value, unless the type has the Flags attribute.</typeparam>
    /// <returns>The codec.</returns>
    /// <exception cref="NotSupportedException">The enumeration has 64 bits.</exception>
    public static PropertyCodec<T> Enum<T>()
        where T : struct, Enum
    {
        if (Unsafe.SizeOf<T>() > sizeof(int))
        {
            throw new NotSupportedException($"{typeof(T).Name} has 64 bits; an integer property has 32.");
        }

        bool flags = typeof(T).IsDefined(typeof(FlagsAttribute), inherit: false);
        return new IntCodec<T>(
            v => flags || System.Enum.IsDefined(v)
                ? unchecked((int)Convert.ToInt64(v, null))
                : throw new ArgumentOutOfRangeException(nameof(v), v, $"{v} is not a value of {typeof(T).Name}, and would not be read as one."),
            v =>
            {
                var named = (T)System.Enum.ToObject(typeof(T), v);
                return ((flags || System.Enum.IsDefined(named)) && unchecked((int)Convert.ToInt64(named, null)) == v, named);
            });
    }

    private sealed class IntCodec<T>(Func<T, int> encode, Func<int, (bool IsValue, T Value)> decode) : PropertyCodec<T>
    {
        public override PropertyType Type => PropertyType.Int;

        public override PropertyValue Encode(T value) => encode(value);

        public override bool TryDecode(PropertyValue value, [MaybeNullWhen(false)] out T decoded)
        {
            (bool isValue, decoded) = decode(value.Int);
            return isValue;
        }
    }

    private sealed class TextCodec : PropertyCodec<string>
    {
        public override PropertyType Type => PropertyType.LargeByteArray;

        public override PropertyValue Encode(string value) => PropertyText.Encode(value);

        public override bool TryDecode(PropertyValue value, [MaybeNullWhen(false)] out string decoded) => PropertyText.TryDecode(value.Bytes.Span, out decoded);
    }
}
