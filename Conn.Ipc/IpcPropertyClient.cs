using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>A client of the bus of a server.</summary>
internal sealed class IpcPropertyClient(BusConnection connection, ClientIdentity identity, int number, PropertyClient local) : IPropertyClient
{
    private const int EventsPerRead = 64;

    // A message is at most 16 MiB.
    private const long MaxBatchBytes = 12 << 20;

    private int _closed;

    public ClientIdentity Identity => identity;

    public BusConnection Connection => connection;

    /// <summary>The number that the server gave.</summary>
    public int Number => number;

    /// <summary>The client of the replica with the same rights.</summary>
    public PropertyClient Local => local;

    public void ThrowIfClosed()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, typeof(IPropertyClient));
        ObjectDisposedException.ThrowIf(connection.Mirror.Core.IsDisposed, typeof(IPropertyStore));
    }

    public async ValueTask<ErrorCode> TryDefineAsync(PropertyName name, PropertyDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new ErrorCode((await ChangeAsync(s => s.DefineAsync(number, WireName.Of(name), WireDefinition.Of(definition), cancellationToken), cancellationToken)).Code);
    }

    public async ValueTask<ErrorCode> TryDeleteAsync(PropertyName name, CancellationToken cancellationToken = default) =>
        new((await ChangeAsync(s => s.DeleteAsync(number, WireName.Of(name), cancellationToken), cancellationToken)).Code);

    public async ValueTask<IProperty> AttachAsync(PropertyName name, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        connection.Replica.Hold(name, null);
        try
        {
            await connection.ChangeAsync(s => s.AttachAsync(number, WireName.Of(name), cancellationToken));
            return new IpcProperty(this, local.Attach(name));
        }
        catch
        {
            connection.Replica.Release(name);
            throw;
        }
    }

    public async ValueTask<PropertyReading> TryReadAsync(PropertyName name, CancellationToken cancellationToken = default)
    {
        WireReading reading = await CallAsync(s => s.ReadAsync(number, WireName.Of(name), cancellationToken), cancellationToken);

        // A later read by a handle must not be older.
        await connection.Replica.ReachAsync(reading.Mark, reading.StoreRevision);
        return new PropertyReading(new ErrorCode(reading.Code), reading.Value.Read(), new Revision(reading.Revision));
    }

    public ValueTask<PublishResult> TrySetAsync(PropertyName name, PropertyValue value, CancellationToken cancellationToken = default) =>
        SetAsync(name, value, null, cancellationToken);

    public ValueTask<PublishResult> TryCompareAndSetAsync(PropertyName name, PropertyValue value, Revision expected, CancellationToken cancellationToken = default) =>
        SetAsync(name, value, expected.Value, cancellationToken);

    public async ValueTask<PublishResult> TryPublishAsync(PropertyBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        WireBatch wire = new(
            [.. batch.Values.Select(static v => WireName.Of(v.Key))], [.. batch.Values.Select(static v => WireValue.Of(v.Value))],
            [.. batch.Conditions.Select(static c => WireName.Of(c.Key))], [.. batch.Conditions.Select(static c => c.Value.Value)]);
        return batch.Values.Sum(static v => (long)v.Value.Bytes.Length) > MaxBatchBytes
            ? new PublishResult(ErrorCode.TooBig, Revision.None)
            : Result(await ChangeAsync(s => s.PublishAsync(number, wire, cancellationToken), cancellationToken));
    }

    public async ValueTask<IReadOnlyList<PropertyInfo>> ListAsync(uint? category = null, CancellationToken cancellationToken = default)
    {
        WireList list = await CallAsync(s => s.ListAsync(number, category, cancellationToken), cancellationToken);
        await connection.Replica.ReachAsync(list.Mark, list.StoreRevision);
        return [.. list.Properties.Select(static p => new PropertyInfo(p.Name.Read(), (PropertyType)p.Type, new SecureId(p.Owner), (PropertyLifetime)p.Lifetime, p.Current.Read()))];
    }

    public async ValueTask<bool> HasSubscribersAsync(PropertyName name, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        await connection.JoinedAsync();
        return await CallAsync(s => s.HasSubscribersAsync(number, WireName.Of(name), cancellationToken), cancellationToken) || local.HasSubscribers(name);
    }

    public IObservable<PropertyChange> Observe(PropertyName name, ObserveOptions? options = null)
    {
        ThrowIfClosed();
        options = Supported(options);
        return new IpcObservable(this, name, local.Observe(name, options), KindOf(options));
    }

    public IObservable<PropertyChange> ObserveField(PropertyName name, uint mask, ObserveOptions? options = null)
    {
        ThrowIfClosed();
        options = Supported(options);
        return new IpcObservable(this, name, local.ObserveField(name, mask, options), KindOf(options));
    }

    public IObservable<PropertyEvent> Watch(uint? category = null, Revision? after = null, IScheduler? scheduler = null)
    {
        ThrowIfClosed();
        return new IpcWatchObservable(this, category, after, scheduler);
    }

    public async IAsyncEnumerable<PropertyEvent> WatchAsync(
        uint? category = null, Revision? after = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ThrowIfClosed();
        RemoteCursor cursor = NewCursor(category, after);
        using WatchReader reader = new(connection.Mirror.Core, local.Access, cursor, connection.Mirror.Core.DispatcherFor(TaskPoolScheduler.Default));
        cursor.Begin(reader.Turn);
        reader.Start();
        PropertyEvent[] taken = new PropertyEvent[EventsPerRead];
        while (true)
        {
            int count = cursor.Read(taken);
            for (int i = 0; i < count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return taken[i];
            }

            if (cursor.IsOver)
            {
                yield break;
            }

            if (count < taken.Length)
            {
                await reader.WaitForNewsAsync(cancellationToken);
            }
        }
    }

    public RemoteCursor NewCursor(uint? category, Revision? after) => new(connection, number, category, after, identity.SecureId);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        await connection.CloseAsync(async () =>
        {
            await connection.ChangeAsync(static s => s.MarkAsync(default));
            await connection.DrainAsync(number);
            local.Dispose();
            await connection.ChangeAsync(s => s.CloseAsync(number));
        });
        local.Dispose();
    }

    public override string ToString() => $"client {identity.SecureId}";

    // The replica is advanced by a thread that must not run the observer.
    private static ObserveOptions? Supported(ObserveOptions? options)
    {
        options?.Validate();
        return options is { Delivery: Delivery.Inline } ? options with { Delivery = Delivery.Latest } : options;
    }

    private static SubscriptionKind KindOf(ObserveOptions? options) => options?.Delivery == Delivery.Buffered ? SubscriptionKind.Buffered : SubscriptionKind.Latest;

    private static PublishResult Result(WireOutcome outcome) => new(new ErrorCode(outcome.Code), new Revision(outcome.Revision));

    private void Check(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfClosed();
    }

    private async ValueTask<PublishResult> SetAsync(PropertyName name, PropertyValue value, long? expected, CancellationToken cancellationToken)
    {
        // Copied before the first await.
        WireValue wire = WireValue.Of(value);
        return Result(await ChangeAsync(s => s.SetAsync(number, WireName.Of(name), wire, expected, cancellationToken), cancellationToken));
    }

    private Task<WireOutcome> ChangeAsync(Func<IBusServer, Task<WireOutcome>> call, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        return connection.ChangeAsync(call);
    }

    private Task<T> CallAsync<T>(Func<IBusServer, Task<T>> call, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        return connection.CallAsync(call);
    }
}
