using Conn.PubSub.Core;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>A handle of the store of one process: <see cref="IProperty"/> with the synchronous members of the original.</summary>
/// <remarks>Get and Set do not allocate, unless a value is longer than every one before it or observers receive bytes. Source: RProperty.</remarks>
public sealed class Property : IProperty, IClientPart
{
    private readonly StoreCore _core;
    private readonly Reader _reader;
    private readonly Publisher _publisher;
    private readonly Access _access;
    private readonly OneShot _slot;
    private volatile PropertyNode? _node;

    // The last definition that this handle may read as an integer: its type and policies never change, so the checks need not be made again.
    private Definition? _readable;

    internal Property(PropertyStore store, Access access, PropertyName name)
    {
        (_core, _reader, _publisher) = (store.Core, store.Reader, store.Publisher);
        _access = access;
        Name = name;
        _slot = new OneShot(store.Core, access.Identity);
        lock (store.Core.Lock)
        {
            ObjectDisposedException.ThrowIf(access.Client.HasEnded, typeof(PropertyClient));
            _node = store.Core.Refer(name);
            access.Client.Add(this);
        }
    }

    /// <inheritdoc/>
    public PropertyName Name { get; }

    IClientPart? IClientPart.PreviousPart { get; set; }

    IClientPart? IClientPart.NextPart { get; set; }

    private PropertyNode Node => _node ?? throw new ObjectDisposedException(nameof(Property), $"The handle on {Name} is closed; attach again.");

    /// <summary>Reads an integer.</summary>
    /// <param name="value">The value; 0 unless Success is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds bytes), Success.</returns>
    public ErrorCode TryGet(out int value) => TryGet(out value, out _);

    /// <inheritdoc/>
    public ErrorCode TryGet(out int value, out Revision revision)
    {
        Definition? definition = Node.Definition;
        if (definition is { HasEnded: false } && definition == _readable && definition.TryReadInt(out value, out long read))
        {
            revision = new Revision(read);
            return ErrorCode.Success;
        }

        ErrorCode code = _reader.TryGet(definition, _access, out value, out revision);
        _readable = code.IsSuccess ? definition : null;
        return code;
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="buffer">The caller's buffer; its content after the value's length is unspecified.</param>
    /// <param name="length">The length of the value, also when it is larger than the buffer; 0 unless Success or Overflow is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), Overflow (the buffer is full), Success.</returns>
    public ErrorCode TryGet(Span<byte> buffer, out int length) => _reader.TryGet(Node, _access, buffer, out length, out _);

    /// <inheritdoc/>
    public ErrorCode TryGet(Span<byte> buffer, out int length, out Revision revision) => _reader.TryGet(Node, _access, buffer, out length, out revision);

    /// <summary>Publishes an integer. It notifies also when the value is the same.</summary>
    /// <param name="value">Any integer.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds bytes), Success.</returns>
    public ErrorCode TrySet(int value) => _publisher.TrySet(Node, _access, value, Publisher.AnyRevision, out _);

    /// <summary>As <see cref="TrySet(int)"/>, with the revision of this publish.</summary>
    /// <param name="value">Any integer.</param>
    /// <param name="revision">The revision of this publish; None unless Success is returned.</param>
    /// <returns>As <see cref="TrySet(int)"/>.</returns>
    public ErrorCode TrySet(int value, out Revision revision) => _publisher.TrySet(Node, _access, value, Publisher.AnyRevision, out revision);

    /// <summary>Publishes bytes; they are copied before the call returns. It notifies also when the value is the same.</summary>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), TooBig, NoMemory (the old value stays), Success.</returns>
    public ErrorCode TrySet(ReadOnlySpan<byte> value) => _publisher.TrySet(Node, _access, value, Publisher.AnyRevision, out _);

    /// <summary>As <see cref="TrySet(ReadOnlySpan{byte})"/>, with the revision of this publish.</summary>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <param name="revision">The revision of this publish; None unless Success is returned.</param>
    /// <returns>As <see cref="TrySet(ReadOnlySpan{byte})"/>.</returns>
    public ErrorCode TrySet(ReadOnlySpan<byte> value, out Revision revision) =>
        _publisher.TrySet(Node, _access, value, Publisher.AnyRevision, out revision);

    /// <summary>Publishes an integer if the property has the given revision.</summary>
    /// <param name="value">Any integer.</param>
    /// <param name="expected">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <param name="revision">The revision of this publish; with Changed the revision that was found; else None.</param>
    /// <returns>As <see cref="TrySet(int)"/>; Changed, before Success, when another client published since that read.</returns>
    public ErrorCode TryCompareAndSet(int value, Revision expected, out Revision revision) =>
        _publisher.TrySet(Node, _access, value, PropertyClient.Expected(expected), out revision);

    /// <summary>Publishes bytes if the property has the given revision.</summary>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <param name="expected">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <param name="revision">The revision of this publish; with Changed the revision that was found; else None.</param>
    /// <returns>As <see cref="TrySet(ReadOnlySpan{byte})"/>; Changed, before NoMemory, when another client published since that read.</returns>
    public ErrorCode TryCompareAndSet(ReadOnlySpan<byte> value, Revision expected, out Revision revision) =>
        _publisher.TrySet(Node, _access, value, PropertyClient.Expected(expected), out revision);

    /// <inheritdoc/>
    public ValueTask<PublishResult> TrySetAsync(PropertyValue value, CancellationToken cancellationToken = default) =>
        SetAsync(value, Publisher.AnyRevision, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PublishResult> TryCompareAndSetAsync(PropertyValue value, Revision expected, CancellationToken cancellationToken = default) =>
        SetAsync(value, PropertyClient.Expected(expected), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ErrorCode> SubscribeAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var work = default(PendingWork);
        short token;
        lock (_core.Lock)
        {
            _core.ThrowIfDisposed();
            PropertyNode node = Node;
            token = _slot.Begin();
            if (node.Current is { } definition && !definition.MayRead(_slot.Identity))
            {
                _core.Completions.Take(_slot, ErrorCode.PermissionDenied, ref work);
            }
            else
            {
                node.Pending.Append(_slot);
                node.Interests = Interests.Any;
            }
        }

        _core.Start(work);
        _slot.CancelWith(token, cancellationToken);
        return new ValueTask<ErrorCode>(_slot, token);
    }

    /// <summary>Gets whether a subscription of the handle waits for its completion.</summary>
    internal bool IsSubscribed
    {
        get
        {
            lock (_core.Lock)
            {
                return _slot.IsOutstanding;
            }
        }
    }

    /// <inheritdoc/>
    public void Cancel()
    {
        bool awaited;
        lock (_core.Lock)
        {
            _core.ThrowIfDisposed();
            _ = Node;
            awaited = _slot.TryCancel();
        }

        if (awaited)
        {
            _core.DefaultDispatcher.PostSurely(_slot);
        }
    }

    /// <summary>Closes the handle, and cancels its subscription. The property itself stays. May be called again.</summary>
    public void Dispose()
    {
        bool awaited;
        lock (_core.Lock)
        {
            if (_node is null)
            {
                return;
            }

            _access.Client.Remove(this);
            awaited = Close();
        }

        if (awaited)
        {
            _core.DefaultDispatcher.PostSurely(_slot);
        }
    }

    /// <summary>Returns the name of the property.</summary>
    /// <returns>For example <c>property 0x101F75B6/0x10202792</c>.</returns>
    public override string ToString() => $"property {Name}";

    Action? IClientPart.EndWithClient() => Close() ? () => _core.DefaultDispatcher.PostSurely(_slot) : null;

    private bool Close()
    {
        PropertyNode node = _node!;
        _node = null;
        bool awaited = _slot.TryCancel();
        _core.Release(node);
        return awaited;
    }

    private ValueTask<PublishResult> SetAsync(PropertyValue value, long expected, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ErrorCode code = value.IsBytes
            ? _publisher.TrySet(Node, _access, value.Bytes.Span, expected, out Revision revision)
            : _publisher.TrySet(Node, _access, value.Int, expected, out revision);
        return new(new PublishResult(code, revision));
    }
}
