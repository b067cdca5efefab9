using Conn.PubSub.Security;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>A handle on one name, defined or not, with one subscription slot. It carries no rights: each call is checked.</summary>
/// <remarks>Safe from any thread. Get and Set do not allocate unless a value outgrows every one before it. Source: RProperty.</remarks>
public sealed class Property : IDisposable
{
    private readonly PropertyStore _store;
    private readonly ClientIdentity _identity;
    private readonly OneShot _slot;
    private volatile PropertyNode? _node;

    internal Property(PropertyStore store, ClientIdentity identity, PropertyName name)
    {
        _store = store;
        _identity = identity;
        Name = name;
        _slot = new OneShot(store, identity);
        lock (store.Gate)
        {
            _node = store.Refer(name);
        }
    }

    /// <summary>The name.</summary>
    public PropertyName Name { get; }

    private PropertyNode Node => _node ?? throw new ObjectDisposedException(nameof(Property), $"The handle on {Name} is closed; attach again.");

    /// <summary>Reads an integer with its stamp; takes no lock.</summary>
    /// <param name="value">The value; 0 unless None is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    public ErrorCode Get(out int value, out Stamp stamp) => _store.Get(Node, _identity, out value, out stamp);

    /// <summary>Reads bytes with their stamp.</summary>
    /// <param name="buffer">The caller's; its content after the value's length is unspecified.</param>
    /// <param name="length">How many bytes of the value were copied; 0 unless None or Overflow is returned.</param>
    /// <param name="stamp">The revision of the publish that wrote this very value.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), Overflow (truncated to the buffer), None.</returns>
    public ErrorCode Get(Span<byte> buffer, out int length, out Stamp stamp) => _store.Get(Node, _identity, buffer, out length, out stamp);

    /// <summary>Publishes an integer. Notifies also when the value is the same.</summary>
    /// <param name="value">Any.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds bytes), None.</returns>
    public ErrorCode Set(int value) => _store.Set(Node, _identity, value);

    /// <summary>Publishes bytes; they are copied before the call returns. Notifies also when they are the same, or none.</summary>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (it holds an integer), TooBig, None.</returns>
    public ErrorCode Set(ReadOnlySpan<byte> value) => _store.Set(Node, _identity, value);

    /// <summary>Asks to be told once of the next publish. It counts from this call on, not from the await: subscribe, then get.</summary>
    /// <returns>
    /// Completes exactly once: None (published), NotFound (deleted), PermissionDenied (the read policy refuses, now or once defined),
    /// Cancel. Await it at most once; the code after an await runs on the store's scheduler unless a context was captured.
    /// </returns>
    /// <exception cref="InvalidOperationException">The handle's subscription is outstanding, or its completion was not yet taken by who awaits it.</exception>
    /// <remarks>Completions come in the order of subscribing; those of different properties in the order of publishing. Source: RProperty::Subscribe.</remarks>
    public ValueTask<ErrorCode> SubscribeAsync()
    {
        var announcement = default(Announcement);
        short token;
        lock (_store.Gate)
        {
            token = _store.Subscribe(Node, _slot, ref announcement);
        }

        _store.CarryOut(announcement);
        return new ValueTask<ErrorCode>(_slot, token);
    }

    /// <summary>
    /// Ends an outstanding subscription: it is completed with Cancel when this returns, unless it was completed before. No completion
    /// of it comes later. Does nothing when none is outstanding.
    /// </summary>
    public void Cancel()
    {
        bool awaited;
        lock (_store.Gate)
        {
            awaited = _slot.TryCancel();
        }

        if (awaited)
        {
            _store.DefaultDispatcher.Post(_slot);
        }
    }

    /// <summary>Closes the handle; cancels its subscription. The property itself stays. May be called again.</summary>
    public void Dispose()
    {
        bool awaited;
        lock (_store.Gate)
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
            _store.DefaultDispatcher.Post(_slot);
        }
    }
}
