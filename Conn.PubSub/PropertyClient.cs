using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub.Core;
using Conn.PubSub.Delivering;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.PubSub;

/// <summary>A client of the store of one process: <see cref="IPropertyClient"/> with the synchronous members of the original.</summary>
public sealed class PropertyClient : IPropertyClient, IDisposable
{
    private const int EventsPerRead = 64;

    private readonly PropertyStore _store;
    private readonly Access _access;
    private int _disposed;

    internal PropertyClient(PropertyStore store, ClientIdentity identity, ClientState client)
    {
        _store = store;
        _access = new Access(identity, client);
    }

    /// <inheritdoc/>
    public ClientIdentity Identity => _access.Identity;

    internal Access Access => _access;

    /// <inheritdoc cref="IPropertyClient.TryDefineAsync"/>
    public ErrorCode TryDefine(PropertyName name, PropertyDefinition definition)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ThrowIfDisposed();
        return _store.Definer.TryDefine(_access, name, definition);
    }

    /// <inheritdoc cref="IPropertyClient.TryDeleteAsync"/>
    public ErrorCode TryDelete(PropertyName name)
    {
        ThrowIfDisposed();
        return _store.Definer.TryDelete(_access, name);
    }

    /// <inheritdoc cref="IPropertyClient.AttachAsync"/>
    public Property Attach(PropertyName name)
    {
        ThrowIfDisposed();
        return new Property(_store, new Access(Identity, _access.Client), name);
    }

    /// <summary>Reads an integer.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; 0 unless Success is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds bytes), Success.</returns>
    public ErrorCode TryGet(PropertyName name, out int value) => TryGet(name, out value, out _);

    /// <summary>As <see cref="TryGet(PropertyName, out int)"/>, with the revision of the publish that wrote this value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value; 0 unless Success is returned.</param>
    /// <param name="revision">The revision.</param>
    /// <returns>As <see cref="TryGet(PropertyName, out int)"/>.</returns>
    public ErrorCode TryGet(PropertyName name, out int value, out Revision revision) => _store.Reader.TryGet(Find(name)?.Definition, _access, out value, out revision);

    /// <summary>Reads bytes.</summary>
    /// <param name="name">The name.</param>
    /// <param name="buffer">The caller's buffer; its content after the value's length is unspecified.</param>
    /// <param name="length">The length of the value, also when it is larger than the buffer; 0 unless Success or Overflow is returned.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), Overflow (the buffer is full), Success.</returns>
    public ErrorCode TryGet(PropertyName name, Span<byte> buffer, out int length) => TryGet(name, buffer, out length, out _);

    /// <summary>As <see cref="TryGet(PropertyName, Span{byte}, out int)"/>, with the revision of the publish that wrote this value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="buffer">The caller's buffer.</param>
    /// <param name="length">The length of the value.</param>
    /// <param name="revision">The revision.</param>
    /// <returns>As <see cref="TryGet(PropertyName, Span{byte}, out int)"/>.</returns>
    public ErrorCode TryGet(PropertyName name, Span<byte> buffer, out int length, out Revision revision) =>
        _store.Reader.TryGet(Find(name), _access, buffer, out length, out revision);

    /// <summary>Publishes an integer. It notifies also when the value is the same.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Any integer.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds bytes), Success.</returns>
    public ErrorCode TrySet(PropertyName name, int value) => TrySet(name, value, out _);

    /// <summary>As <see cref="TrySet(PropertyName, int)"/>, with the revision of this publish.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Any integer.</param>
    /// <param name="revision">The revision of this publish; None unless Success is returned.</param>
    /// <returns>As <see cref="TrySet(PropertyName, int)"/>.</returns>
    public ErrorCode TrySet(PropertyName name, int value, out Revision revision) => Set(name, value, Publisher.AnyRevision, out revision);

    /// <summary>Publishes bytes; they are copied before the call returns. It notifies also when the value is the same.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Up to 512 bytes, or 65535 for a large array.</param>
    /// <returns>In this order: NotFound, PermissionDenied, Argument (the property holds an integer), TooBig, NoMemory (the old value stays), Success.</returns>
    public ErrorCode TrySet(PropertyName name, ReadOnlySpan<byte> value) => TrySet(name, value, out _);

    /// <summary>As <see cref="TrySet(PropertyName, ReadOnlySpan{byte})"/>, with the revision of this publish.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The bytes.</param>
    /// <param name="revision">The revision of this publish; None unless Success is returned.</param>
    /// <returns>As <see cref="TrySet(PropertyName, ReadOnlySpan{byte})"/>.</returns>
    public ErrorCode TrySet(PropertyName name, ReadOnlySpan<byte> value, out Revision revision) => Set(name, value, Publisher.AnyRevision, out revision);

    /// <summary>Publishes an integer if the property has the given revision.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Any integer.</param>
    /// <param name="expected">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <param name="revision">The revision of this publish; with Changed the revision that was found; else None.</param>
    /// <returns>As <see cref="TrySet(PropertyName, int)"/>; Changed, before Success, when another client published since that read.</returns>
    public ErrorCode TryCompareAndSet(PropertyName name, int value, Revision expected, out Revision revision) => Set(name, value, Expected(expected), out revision);

    /// <summary>Publishes bytes if the property has the given revision.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The bytes.</param>
    /// <param name="expected">As a read returned it; <see cref="Revision.None"/> for a property that was not published yet.</param>
    /// <param name="revision">The revision of this publish; with Changed the revision that was found; else None.</param>
    /// <returns>As <see cref="TrySet(PropertyName, ReadOnlySpan{byte})"/>; Changed, before NoMemory, when another client published since that read.</returns>
    public ErrorCode TryCompareAndSet(PropertyName name, ReadOnlySpan<byte> value, Revision expected, out Revision revision) =>
        Set(name, value, Expected(expected), out revision);

    /// <summary>Publishes several values under one revision, or none of them.</summary>
    /// <param name="batch">The values and the conditions; not changed.</param>
    /// <param name="revision">The revision of all of them; None unless Success is returned.</param>
    /// <returns>As <see cref="IPropertyClient.TryPublishAsync"/>.</returns>
    public ErrorCode TryPublish(PropertyBatch batch, out Revision revision)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ThrowIfDisposed();
        return _store.Batches.TryPublish(batch, _access, out revision);
    }

    /// <inheritdoc cref="IPropertyClient.ListAsync"/>
    public IReadOnlyList<PropertyInfo> List(uint? category = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        TableScan scan;
        lock (_store.Core.Lock)
        {
            _store.Core.ThrowIfDisposed();
            scan = new TableScan(_store.Core, _access, category);
        }

        List<PropertyInfo> found = scan.ReadAll(cancellationToken);
        found.Sort(static (a, b) => (a.Name.Category, a.Name.Key).CompareTo((b.Name.Category, b.Name.Key)));
        return found;
    }

    /// <inheritdoc cref="IPropertyClient.HasSubscribersAsync"/>
    public bool HasSubscribers(PropertyName name)
    {
        PropertyNode? node = Find(name);
        lock (_store.Core.Lock)
        {
            _store.Core.ThrowIfDisposed();
            return node is { HasSubscribers: true };
        }
    }

    /// <inheritdoc/>
    public IObservable<PropertyChange> Observe(PropertyName name, ObserveOptions? options = null) => Observe(name, uint.MaxValue, false, options);

    /// <inheritdoc/>
    public IObservable<PropertyChange> ObserveField(PropertyName name, uint mask, ObserveOptions? options = null) => Observe(name, mask, true, options);

    /// <inheritdoc/>
    public IObservable<PropertyEvent> Watch(uint? category = null, Revision? after = null, IScheduler? scheduler = null)
    {
        ThrowIfDisposed();
        return new WatchObservable(_store.Core, _access, category, after, scheduler);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PropertyEvent> WatchAsync(
        uint? category = null, Revision? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        using var reader = new WatchReader(_store.Core, _access, new WatchCursor(_store.Core, _access, category, after));
        reader.Start();
        var taken = new PropertyEvent[EventsPerRead];
        while (true)
        {
            int count = reader.Cursor.Read(taken);
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return taken[i];
            }

            if (reader.Cursor.IsOver)
            {
                yield break;
            }

            if (count < taken.Length)
            {
                await reader.WaitForNewsAsync(cancellationToken);
            }
        }
    }

    /// <summary>Ends the client: its observations and watches complete, its handles close, and what it defined with <see cref="PropertyLifetime.Client"/> is deleted.</summary>
    /// <remarks>All of it is undefined for readers at once. No other client waits for the rest, however much it is. May be called again.</remarks>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _store.Definer.EndClient(_access.Client);
        }
    }

    /// <inheritdoc cref="Dispose"/>
    /// <returns>A task that is completed.</returns>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    /// <summary>Returns the secure id of the client.</summary>
    /// <returns>For example <c>client 0x20001000</c>.</returns>
    public override string ToString() => $"client {Identity.SecureId}";

    ValueTask<ErrorCode> IPropertyClient.TryDefineAsync(PropertyName name, PropertyDefinition definition, CancellationToken cancellationToken) =>
        Run((Client: this, name, definition), static s => s.Client.TryDefine(s.name, s.definition), cancellationToken);

    ValueTask<ErrorCode> IPropertyClient.TryDeleteAsync(PropertyName name, CancellationToken cancellationToken) =>
        Run((Client: this, name), static s => s.Client.TryDelete(s.name), cancellationToken);

    ValueTask<IProperty> IPropertyClient.AttachAsync(PropertyName name, CancellationToken cancellationToken) =>
        Run<(PropertyClient Client, PropertyName Name), IProperty>((this, name), static s => s.Client.Attach(s.Name), cancellationToken);

    ValueTask<PropertyReading> IPropertyClient.TryReadAsync(PropertyName name, CancellationToken cancellationToken) =>
        Run((Client: this, name), static s => s.Client._store.Reader.TryRead(s.Client.Find(s.name), s.Client._access), cancellationToken);

    ValueTask<PublishResult> IPropertyClient.TrySetAsync(PropertyName name, PropertyValue value, CancellationToken cancellationToken) =>
        Run((Client: this, name, value), static s => s.Client.Set(s.name, s.value, Publisher.AnyRevision), cancellationToken);

    ValueTask<PublishResult> IPropertyClient.TryCompareAndSetAsync(
        PropertyName name, PropertyValue value, Revision expected, CancellationToken cancellationToken) =>
        Run((Client: this, name, value, expected), static s => s.Client.Set(s.name, s.value, Expected(s.expected)), cancellationToken);

    ValueTask<PublishResult> IPropertyClient.TryPublishAsync(PropertyBatch batch, CancellationToken cancellationToken) =>
        Run((Client: this, batch), static s => new PublishResult(s.Client.TryPublish(s.batch, out Revision revision), revision), cancellationToken);

    ValueTask<IReadOnlyList<PropertyInfo>> IPropertyClient.ListAsync(uint? category, CancellationToken cancellationToken) =>
        Run((Client: this, category, cancellationToken), static s => s.Client.List(s.category, s.cancellationToken), cancellationToken);

    ValueTask<bool> IPropertyClient.HasSubscribersAsync(PropertyName name, CancellationToken cancellationToken) =>
        Run((Client: this, name), static s => s.Client.HasSubscribers(s.name), cancellationToken);

    /// <summary>A revision that no read returned equals none, and is not "any".</summary>
    internal static long Expected(Revision expected) => expected.Value < 0 ? long.MinValue : expected.Value;

    private static ValueTask<TResult> Run<TState, TResult>(TState state, Func<TState, TResult> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(call(state));
    }

    private PropertyObservable Observe(PropertyName name, uint mask, bool field, ObserveOptions? options)
    {
        ThrowIfDisposed();
        options ??= new ObserveOptions();
        options.Validate();
        return new PropertyObservable(_store.Core, name, new Interest(_access, mask, field, options.Distinct, options.SkipOwn), options);
    }

    private PropertyNode? Find(PropertyName name)
    {
        ThrowIfDisposed();
        _store.Core.ThrowIfDisposed();
        return _store.Core.Table.Find(name);
    }

    private PublishResult Set(PropertyName name, PropertyValue value, long expected)
    {
        ErrorCode code = value.IsBytes ? Set(name, value.Bytes.Span, expected, out Revision revision) : Set(name, value.Int, expected, out revision);
        return new PublishResult(code, revision);
    }

    private ErrorCode Set(PropertyName name, int value, long expected, out Revision revision)
    {
        revision = Revision.None;
        return Find(name) is { } node ? _store.Publisher.TrySet(node, _access, value, expected, out revision) : ErrorCode.NotFound;
    }

    private ErrorCode Set(PropertyName name, ReadOnlySpan<byte> value, long expected, out Revision revision)
    {
        revision = Revision.None;
        return Find(name) is { } node ? _store.Publisher.TrySet(node, _access, value, expected, out revision) : ErrorCode.NotFound;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed != 0, this);
}
