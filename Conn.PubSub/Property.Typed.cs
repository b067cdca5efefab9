using System.Diagnostics.CodeAnalysis;
using Conn.PubSub.Observables;
using MessagePack;

namespace Conn.PubSub;

/// <summary>A handle on a byte property that holds records: each value is one <typeparamref name="T"/> in MessagePack.</summary>
/// <typeparam name="T">A type MessagePack knows: a record with <c>[MessagePackObject]</c> and keys, a primitive, a string, an array of them.</typeparam>
/// <remarks>
/// Safe from any thread. What is read is treated as untrusted: nesting and sizes are limited, and bytes that are no <typeparamref name="T"/>
/// are <see cref="ErrorCode.Corrupt"/>. An empty property, as it is when defined, reads as the default value. Reading and publishing allocate.
/// </remarks>
public sealed class Property<T> : IDisposable
{
    private readonly IPropertyClient _client;
    private readonly MessagePackSerializerOptions _options;

    /// <summary>Attaches.</summary>
    /// <param name="client">Who reads and publishes.</param>
    /// <param name="name">A property of one of the byte types, defined or not.</param>
    /// <param name="options">How to encode; its security setting is not used. Null, the default, for the standard resolver.</param>
    public Property(IPropertyClient client, PropertyName name, MessagePackSerializerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _options = (options ?? MessagePackSerializerOptions.Standard).WithSecurity(MessagePackSecurity.UntrustedData);
        Handle = client.Attach(name);
    }

    /// <summary>The handle on the bytes; closed with this one.</summary>
    public IProperty Handle { get; }

    /// <summary>Reads the value with its stamp.</summary>
    /// <param name="value">The value; the default unless None is returned, and for an empty property.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), Corrupt (it is no <typeparamref name="T"/>), None.</returns>
    public ErrorCode Get([MaybeNull] out T value, out Stamp stamp)
    {
        byte[] bytes = new byte[PropertyLimits.MaxByteArrayBytes];
        ErrorCode code = Handle.Get(bytes, out int length, out stamp);
        if (code == ErrorCode.Overflow)
        {
            bytes = new byte[PropertyLimits.MaxLargeByteArrayBytes];
            code = Handle.Get(bytes, out length, out stamp);
        }

        value = default;
        return code.IsNone ? Decode(bytes.AsMemory(0, length), out value) : code;
    }

    /// <summary>Publishes a value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), TooBig (encoded), None.</returns>
    public ErrorCode Set(T value) => Handle.Set(Encode(value));

    /// <summary>Publishes a value if the property's stamp is the one given.</summary>
    /// <param name="value">The value.</param>
    /// <param name="expected">As a read returned it.</param>
    /// <param name="stamp">The stamp of this publish; with Changed the stamp that was found; else Never.</param>
    /// <returns>As for a publish; Changed, last, when somebody published in between.</returns>
    public ErrorCode CompareAndSet(T value, Stamp expected, out Stamp stamp) => Handle.CompareAndSet(Encode(value), expected, out stamp);

    /// <summary>Publishes what a function makes of the current value; asks it again when somebody publishes in between.</summary>
    /// <param name="change">From the current value to the new one; may be called several times; called outside every lock.</param>
    /// <param name="stamp">The stamp of this publish; Never unless None is returned.</param>
    /// <returns>As for a read, then as for a publish.</returns>
    public ErrorCode Update(Func<T?, T> change, out Stamp stamp)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            ErrorCode code = Get(out T? value, out Stamp seen);
            if (!code.IsNone)
            {
                stamp = default;
                return code;
            }

            code = CompareAndSet(change(value), seen, out stamp);
            if (code != ErrorCode.Changed)
            {
                return code;
            }
        }
    }

    /// <summary>A stream of the values, as that of the property.</summary>
    /// <param name="options">How observers are called; null for the latest only, on the store's scheduler.</param>
    /// <returns>As <see cref="IPropertyClient.Observe"/>; an element that is no <typeparamref name="T"/> says Corrupt and the stream goes on.</returns>
    public IObservable<TypedChange<T>> Observe(ObserveOptions? options = null) =>
        new ProjectedObservable<TypedChange<T>>(_client.Observe(Handle.Name, options), Project);

    /// <summary>Closes the handle. The property itself stays.</summary>
    public void Dispose() => Handle.Dispose();

    private TypedChange<T> Project(PropertyChange change)
    {
        T? value = default;
        ErrorCode code = !change.HasValue ? ErrorCode.NotFound
            : change.Type == PropertyType.Int ? ErrorCode.Argument
            : Decode(change.Bytes, out value);
        return new TypedChange<T>(code, value, change);
    }

    private byte[] Encode(T value) => MessagePackSerializer.Serialize(value, _options);

    private ErrorCode Decode(ReadOnlyMemory<byte> bytes, [MaybeNull] out T value)
    {
        value = default;
        if (bytes.IsEmpty)
        {
            return ErrorCode.None;
        }

        try
        {
            T decoded = MessagePackSerializer.Deserialize<T>(bytes, _options, out int read);
            if (read != bytes.Length)
            {
                return ErrorCode.Corrupt;
            }

            value = decoded;
            return ErrorCode.None;
        }
        catch (MessagePackSerializationException)
        {
            // An expected outcome: anybody whom the write policy lets may publish any bytes.
            return ErrorCode.Corrupt;
        }
    }
}
