using System.Diagnostics.CodeAnalysis;
using Conn.PubSub.Delivering;

namespace Conn.PubSub;

/// <summary>Represents a handle on a property whose values are of one type.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <remarks>Safe for several threads. Attach with <see cref="TypedProperties"/>.</remarks>
public sealed class Property<T> : IDisposable
{
    private readonly IPropertyClient _client;
    private readonly PropertyCodec<T> _codec;

    /// <summary>Makes a typed handle of a handle.</summary>
    /// <param name="client">The client that attached it; used to observe.</param>
    /// <param name="handle">The handle; disposed with this one.</param>
    /// <param name="codec">Converts the values.</param>
    public Property(IPropertyClient client, IProperty handle, PropertyCodec<T> codec)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(handle);
        ArgumentNullException.ThrowIfNull(codec);
        (_client, Handle, _codec) = (client, handle, codec);
    }

    /// <summary>Gets the handle.</summary>
    public IProperty Handle { get; }

    /// <summary>Reads the value.</summary>
    /// <param name="value">The value; the default unless Success is returned.</param>
    /// <returns>As <see cref="TryGet(out T, out Revision)"/>.</returns>
    public ErrorCode TryGet([MaybeNull] out T value) => TryGet(out value, out _);

    /// <summary>Reads the value and its revision.</summary>
    /// <param name="value">The value; the default unless Success is returned.</param>
    /// <param name="revision">The revision of the publish that wrote this value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (a property of another kind), Corrupt (not a <typeparamref name="T"/>), Success.</returns>
    public ErrorCode TryGet([MaybeNull] out T value, out Revision revision)
    {
        PropertyValue read;
        ErrorCode code;
        if (_codec.Type == PropertyType.Int)
        {
            code = Handle.TryGet(out int number, out revision);
            read = number;
        }
        else
        {
            code = Handle.TryRead(out byte[] bytes, out revision);
            read = bytes;
        }

        value = default;
        if (!code.IsSuccess || _codec.TryDecode(read, out value))
        {
            return code;
        }

        value = default;
        return ErrorCode.Corrupt;
    }

    /// <summary>Publishes a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>As <see cref="IProperty.TrySetAsync"/>.</returns>
    public ValueTask<PublishResult> TrySetAsync(T value, CancellationToken cancellationToken = default) =>
        Handle.TrySetAsync(_codec.Encode(value), cancellationToken);

    /// <summary>Publishes a value if the property has the given revision.</summary>
    /// <param name="value">The value.</param>
    /// <param name="expected">As a read returned it.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>As <see cref="IProperty.TryCompareAndSetAsync"/>.</returns>
    public ValueTask<PublishResult> TryCompareAndSetAsync(T value, Revision expected, CancellationToken cancellationToken = default) =>
        Handle.TryCompareAndSetAsync(_codec.Encode(value), expected, cancellationToken);

    /// <summary>Publishes what a function makes of the current value; calls it again when another client published in between.</summary>
    /// <param name="change">Makes the new value of the current one; may be called several times; called outside every lock.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>As for a read, then as for a publish.</returns>
    public async ValueTask<PublishResult> TryUpdateAsync(Func<T?, T> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        while (true)
        {
            ErrorCode code = TryGet(out T? value, out Revision seen);
            if (!code.IsSuccess)
            {
                return new PublishResult(code, Revision.None);
            }

            PublishResult result = await TryCompareAndSetAsync(change(value), seen, cancellationToken);
            if (result.Code != ErrorCode.Changed)
            {
                return result;
            }
        }
    }

    /// <summary>Gets the stream of the values.</summary>
    /// <param name="options">How observers are called; null for the latest element, on the store's scheduler.</param>
    /// <returns>As <see cref="IPropertyClient.Observe"/>. An element that is not a <typeparamref name="T"/> has the code Corrupt, and the stream continues.</returns>
    public IObservable<TypedChange<T>> Observe(ObserveOptions? options = null) =>
        new ProjectedObservable<TypedChange<T>>(_client.Observe(Handle.Name, options), Convert);

    /// <summary>Closes the handle. The property itself stays.</summary>
    public void Dispose() => Handle.Dispose();

    private TypedChange<T> Convert(PropertyChange change)
    {
        if (!change.HasValue)
        {
            return new TypedChange<T>(ErrorCode.NotFound, default, change);
        }

        if ((change.Type == PropertyType.Int) != (_codec.Type == PropertyType.Int))
        {
            return new TypedChange<T>(ErrorCode.Argument, default, change);
        }

        PropertyValue read = change.Value is { } number ? number : change.Bytes;
        return _codec.TryDecode(read, out T? value)
            ? new TypedChange<T>(ErrorCode.Success, value, change)
            : new TypedChange<T>(ErrorCode.Corrupt, default, change);
    }
}
