using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>A store opened by one identity. Every operation goes through a client and is checked against its identity.</summary>
/// <remarks>Safe from any thread. Expected outcomes are values; after the store is disposed every call throws <see cref="ObjectDisposedException"/>.</remarks>
public sealed class PropertyClient
{
    private readonly PropertyStore _store;

    internal PropertyClient(PropertyStore store, ClientIdentity identity)
    {
        _store = store;
        Identity = identity;
    }

    /// <summary>Who the client is.</summary>
    public ClientIdentity Identity { get; }

    /// <summary>Defines a property with the value 0 or empty. Does not notify; who waits for the name and may not read it is refused now.</summary>
    /// <param name="name">The name; <see cref="PropertyName.OwnCategory"/> as category stands for the client's secure id.</param>
    /// <param name="type">What it holds.</param>
    /// <param name="read">Who may read; asked at each Get, Subscribe and Observe. The definer has no privilege.</param>
    /// <param name="write">Who may publish; asked at each Set.</param>
    /// <param name="preallocate">Bytes to set aside so that publishing up to that size does not allocate; 0 for an integer. Default 0.</param>
    /// <returns>
    /// In this order: Argument or TooBig for <paramref name="preallocate"/> (negative, above 65535); PermissionDenied without the right to the
    /// category (own secure id, or below the threshold with WriteDeviceData); Argument for a malformed policy or type;
    /// TooBig above 512 for a byte array; AlreadyExists, and nothing changes; None.
    /// </returns>
    /// <remarks>Source: RProperty::Define.</remarks>
    public ErrorCode Define(PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write, int preallocate = 0) =>
        _store.Define(Identity, name, type, read, write, preallocate);

    /// <summary>Deletes a definition and its value. Every outstanding subscription completes with NotFound; streams say Deleted and go on.</summary>
    /// <param name="name">The name; <see cref="PropertyName.OwnCategory"/> as category stands for the client's secure id.</param>
    /// <returns>NotFound: not defined. PermissionDenied: another secure id defined it. None.</returns>
    /// <remarks>Source: RProperty::Delete.</remarks>
    public ErrorCode Delete(PropertyName name) => _store.Delete(Identity, name);

    /// <summary>Makes a handle on a name, defined or not. The handle survives deletes and definitions. Checks nothing: each call by it does.</summary>
    /// <param name="name">The name, taken literally.</param>
    /// <returns>A handle of its own; dispose it.</returns>
    /// <remarks>Source: RProperty::Attach.</remarks>
    public Property Attach(PropertyName name) => new(_store, Identity, name);

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    public ErrorCode Get(PropertyName name, out int value) => Get(name, out value, out _);

    /// <summary>Reads an integer with its stamp.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    public ErrorCode Get(PropertyName name, out int value, out Stamp stamp)
    {
        if (_store.Find(name) is { } node)
        {
            return _store.Get(node, Identity, out value, out stamp);
        }

        value = 0;
        stamp = default;
        return ErrorCode.NotFound;
    }

    /// <summary>Reads bytes with their stamp.</summary>
    /// <param name="name">The name.</param>
    /// <param name="buffer">The caller's; its content after the value's length is unspecified.</param>
    /// <param name="length">How many bytes of the value were copied; 0 unless None or Overflow is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), Overflow (truncated to the buffer), None.</returns>
    public ErrorCode Get(PropertyName name, Span<byte> buffer, out int length, out Stamp stamp)
    {
        if (_store.Find(name) is { } node)
        {
            return _store.Get(node, Identity, buffer, out length, out stamp);
        }

        length = 0;
        stamp = default;
        return ErrorCode.NotFound;
    }

    /// <summary>Publishes an integer. Notifies also when the value is the same.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Any.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    public ErrorCode Set(PropertyName name, int value) =>
        _store.Find(name) is { } node ? _store.Set(node, Identity, value) : ErrorCode.NotFound;

    /// <summary>Publishes bytes; they are copied before the call returns. Notifies also when they are the same, or none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), TooBig, None.</returns>
    public ErrorCode Set(PropertyName name, ReadOnlySpan<byte> value) =>
        _store.Find(name) is { } node ? _store.Set(node, Identity, value) : ErrorCode.NotFound;

    /// <summary>A stream of a property: what is current first, then newer ones with rising stamps; under pressure only the latest, never a stale last one.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="options">How observers are called; null for queued on the store's scheduler.</param>
    /// <returns>
    /// A stream for any number of observers. A delete is an element, not the end. OnError with <see cref="ConnException"/> of PermissionDenied
    /// when a definition's read policy refuses the client; OnCompleted when the store is disposed. Disposing a subscription is a
    /// barrier: no call begins after it, and it waits for one under way on another thread. An observer's exception goes to the store's handler.
    /// </returns>
    public IObservable<PropertyChange> Observe(PropertyName name, ObserveOptions? options = null) =>
        new PropertyObservable(_store, Identity, name, uint.MaxValue, false, options);

    /// <summary>A stream that speaks only when the masked bits of an integer change, or the property comes and goes.</summary>
    /// <param name="name">The name, defined or not.</param>
    /// <param name="mask">The bits of interest.</param>
    /// <param name="options">How observers are called; null for queued on the store's scheduler.</param>
    /// <returns>As <see cref="Observe"/>; elements carry the whole value. Elements of a byte property are not filtered.</returns>
    public IObservable<PropertyChange> ObserveField(PropertyName name, uint mask, ObserveOptions? options = null) =>
        new PropertyObservable(_store, Identity, name, mask, true, options);
}
