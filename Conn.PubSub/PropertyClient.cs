using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub.Observables;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.PubSub;

/// <inheritdoc cref="IPropertyClient"/>
public sealed class PropertyClient : IPropertyClient
{
    private const int EventsPerRead = 64;

    private readonly PropertyStore _store;
    private readonly Access _access;
    private int _disposed;

    internal PropertyClient(PropertyStore store, ClientIdentity identity, int client)
    {
        _store = store;
        _access = new Access(identity, client);
    }

    /// <inheritdoc/>
    public ClientIdentity Identity => _access.Identity;

    internal PropertyStore Store => _store;

    internal Access Access => _access;

    /// <inheritdoc/>
    public ErrorCode Define(
        PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write, int preallocate = 0, PropertyLifetime lifetime = PropertyLifetime.Store)
    {
        ThrowIfDisposed();
        return _store.Define(_access, name, type, read, write, preallocate, lifetime);
    }

    /// <inheritdoc/>
    public ErrorCode Delete(PropertyName name)
    {
        ThrowIfDisposed();
        return _store.Delete(_access, name);
    }

    /// <inheritdoc cref="IPropertyClient.Attach"/>
    public Property Attach(PropertyName name)
    {
        ThrowIfDisposed();
        return new Property(_store, new Access(Identity, _access.Client), name);
    }

    IProperty IPropertyClient.Attach(PropertyName name) => Attach(name);

    /// <inheritdoc/>
    public ErrorCode Get(PropertyName name, out int value) => Get(name, out value, out _);

    /// <inheritdoc/>
    public ErrorCode Get(PropertyName name, out int value, out Stamp stamp)
    {
        ThrowIfDisposed();
        if (_store.Find(name) is { } node)
        {
            return _store.Get(node, _access, out value, out stamp);
        }

        value = 0;
        stamp = default;
        return ErrorCode.NotFound;
    }

    /// <inheritdoc/>
    public ErrorCode Get(PropertyName name, Span<byte> buffer, out int length, out Stamp stamp)
    {
        ThrowIfDisposed();
        if (_store.Find(name) is { } node)
        {
            return _store.Get(node, _access, buffer, out length, out stamp);
        }

        length = 0;
        stamp = default;
        return ErrorCode.NotFound;
    }

    /// <inheritdoc/>
    public ErrorCode Set(PropertyName name, int value) => Set(name, value, PropertyStore.AnyStamp, out _);

    /// <inheritdoc/>
    public ErrorCode Set(PropertyName name, ReadOnlySpan<byte> value) => Set(name, value, PropertyStore.AnyStamp, out _);

    /// <inheritdoc/>
    public ErrorCode CompareAndSet(PropertyName name, int value, Stamp expected, out Stamp stamp) => Set(name, value, Expected(expected), out stamp);

    /// <inheritdoc/>
    public ErrorCode CompareAndSet(PropertyName name, ReadOnlySpan<byte> value, Stamp expected, out Stamp stamp) =>
        Set(name, value, Expected(expected), out stamp);

    /// <inheritdoc/>
    public ErrorCode Publish(PropertyBatch batch, out Stamp stamp)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ThrowIfDisposed();
        return _store.Publish(batch, _access, out stamp);
    }

    /// <inheritdoc/>
    public IReadOnlyList<PropertyInfo> List(uint? category = null)
    {
        ThrowIfDisposed();
        return _store.List(_access, category);
    }

    /// <inheritdoc/>
    public bool HasSubscribers(PropertyName name)
    {
        ThrowIfDisposed();
        return _store.HasSubscribers(name);
    }

    /// <inheritdoc/>
    public IObservable<PropertyChange> Observe(PropertyName name, ObserveOptions? options = null) => Observe(name, uint.MaxValue, false, options);

    /// <inheritdoc/>
    public IObservable<PropertyChange> ObserveField(PropertyName name, uint mask, ObserveOptions? options = null) => Observe(name, mask, true, options);

    /// <inheritdoc/>
    public IObservable<PropertyEvent> Watch(uint? category = null, Stamp? after = null, IScheduler? scheduler = null)
    {
        ThrowIfDisposed();
        return new WatchObservable(_store, _access, category, after, scheduler);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PropertyEvent> WatchAsync(
        uint? category = null, Stamp? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        using var reader = new WatchReader(_store, new WatchCursor(_store, _access, category, after));
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
                await reader.NewsAsync(cancellationToken);
            }
        }
    }

    /// <summary>Deletes what the client defined with <see cref="PropertyLifetime.Client"/>. Later calls throw; may be called again.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _store.EndClient(_access);
        }
    }

    /// <summary>A stamp that no read returned is found by no comparison, and is not "any".</summary>
    internal static long Expected(Stamp expected) => expected.Value < 0 ? long.MinValue : expected.Value;

    private PropertyObservable Observe(PropertyName name, uint mask, bool field, ObserveOptions? options)
    {
        ThrowIfDisposed();
        if (options?.Buffer is < 0 or > 65536)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Buffer, "A queue has room for 1 to 65536 elements; 0 means the latest only.");
        }

        return new PropertyObservable(_store, name, new Interest(_access, mask, field, options?.Distinct == true, options?.SkipOwn == true), options);
    }

    private ErrorCode Set(PropertyName name, int value, long expected, out Stamp stamp)
    {
        ThrowIfDisposed();
        if (_store.Find(name) is { } node)
        {
            return _store.Set(node, _access, value, expected, out stamp);
        }

        stamp = default;
        return ErrorCode.NotFound;
    }

    private ErrorCode Set(PropertyName name, ReadOnlySpan<byte> value, long expected, out Stamp stamp)
    {
        ThrowIfDisposed();
        if (_store.Find(name) is { } node)
        {
            return _store.Set(node, _access, value, expected, out stamp);
        }

        stamp = default;
        return ErrorCode.NotFound;
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed != 0, this);
}
