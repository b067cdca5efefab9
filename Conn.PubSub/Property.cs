using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>A handle on one name, defined or not, with one subscription slot. It carries no rights: each call is checked.</summary>
/// <remarks>Safe from any thread. Get and Set do not allocate unless a value outgrows every one before it. Source: RProperty.</remarks>
public sealed class Property : IProperty
{
    private readonly PropertyStore _store;
    private readonly Access _access;
    private readonly OneShot _slot;
    private volatile PropertyNode? _node;

    internal Property(PropertyStore store, Access access, PropertyName name)
    {
        _store = store;
        _access = access;
        Name = name;
        _slot = new OneShot(store, access.Identity);
        using (store.Gate.Take())
        {
            _node = store.Refer(name);
        }
    }

    /// <inheritdoc/>
    public PropertyName Name { get; }

    private PropertyNode Node => _node ?? throw Closed();

    /// <summary>Reads an integer with its stamp; takes no lock.</summary>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    public ErrorCode Get(out int value, out Stamp stamp) => _store.Get(Node, _access, out value, out stamp);

    /// <inheritdoc/>
    public ErrorCode Get(Span<byte> buffer, out int length, out Stamp stamp) => _store.Get(Node, _access, buffer, out length, out stamp);

    /// <inheritdoc/>
    public ErrorCode Set(int value) => _store.Set(Node, _access, value, PropertyStore.AnyStamp, out _);

    /// <inheritdoc/>
    public ErrorCode Set(ReadOnlySpan<byte> value) => _store.Set(Node, _access, value, PropertyStore.AnyStamp, out _);

    /// <inheritdoc/>
    public ErrorCode CompareAndSet(int value, Stamp expected, out Stamp stamp) =>
        _store.Set(Node, _access, value, PropertyClient.Expected(expected), out stamp);

    /// <inheritdoc/>
    public ErrorCode CompareAndSet(ReadOnlySpan<byte> value, Stamp expected, out Stamp stamp) =>
        _store.Set(Node, _access, value, PropertyClient.Expected(expected), out stamp);

    /// <inheritdoc/>
    public ValueTask<ErrorCode> SubscribeAsync()
    {
        var announcement = default(Announcement);
        short token;
        using (_store.Gate.Take())
        {
            token = _store.Subscribe(Node, _slot, ref announcement);
        }

        _store.CarryOut(announcement);
        return new ValueTask<ErrorCode>(_slot, token);
    }

    /// <inheritdoc/>
    public void Cancel()
    {
        bool awaited;
        using (_store.Gate.Take())
        {
            awaited = _slot.TryCancel();
        }

        if (awaited)
        {
            _store.DefaultDispatcher.PostSurely(_slot);
        }
    }

    /// <summary>Closes the handle; cancels its subscription. The property itself stays. May be called again.</summary>
    public void Dispose()
    {
        bool awaited;
        using (_store.Gate.Take())
        {
            if (_node is not { } node)
            {
                return;
            }

            _node = null;
            awaited = _slot.TryCancel();
            _store.Release(node);
        }

        if (awaited)
        {
            _store.DefaultDispatcher.PostSurely(_slot);
        }
    }

    private ObjectDisposedException Closed() => new(nameof(Property), $"The handle on {Name} is closed; attach again.");
}
