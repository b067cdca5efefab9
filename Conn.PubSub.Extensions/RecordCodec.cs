using System.Diagnostics.CodeAnalysis;
using MessagePack;

namespace Conn.PubSub.Extensions;

/// <summary>Makes codecs of records in MessagePack, for byte properties.</summary>
public static class RecordCodec
{
    private const string MakesCode = "MessagePack makes the code for a record while the program runs, which needs its members and a compiler: "
        + "in a program that is trimmed or compiled ahead of time derive a class from PropertyCodec<T>.";

    /// <summary>Makes a codec.</summary>
    /// <typeparam name="T">A type that MessagePack knows: a record with <c>[MessagePackObject]</c> and keys, a primitive, a string, an array of them.</typeparam>
    /// <param name="options">How to encode; its security setting is not used. Null, the default, for the standard resolver.</param>
    /// <returns>
    /// The codec. What is read is untrusted: nesting and sizes are limited, and bytes that are not a <typeparamref name="T"/> are not decoded. An empty property, as it
    /// is when defined, is the default value. Reading and publishing allocate.
    /// </returns>
    [RequiresDynamicCode(MakesCode)]
    [RequiresUnreferencedCode(MakesCode)]
    public static PropertyCodec<T> For<T>(MessagePackSerializerOptions? options = null) =>
        new Codec<T>((options ?? MessagePackSerializerOptions.Standard).WithSecurity(MessagePackSecurity.UntrustedData));

    private sealed class Codec<T>(MessagePackSerializerOptions options) : PropertyCodec<T>
    {
        public override PropertyType Type => PropertyType.LargeByteArray;

        public override PropertyValue Encode(T value) => MessagePackSerializer.Serialize(value, options);

        public override bool TryDecode(PropertyValue value, [MaybeNullWhen(false)] out T decoded)
        {
            decoded = default!;
            if (value.Bytes.IsEmpty)
            {
                return true;
            }

            try
            {
                T record = MessagePackSerializer.Deserialize<T>(value.Bytes, options, out int read);
                bool isWhole = read == value.Bytes.Length;
                decoded = isWhole ? record : decoded;
                return isWhole;
            }
            catch (MessagePackSerializationException)
            {
                // An expected outcome: any client that the write policy accepts may publish any bytes.
                return false;
            }
        }
    }
}
