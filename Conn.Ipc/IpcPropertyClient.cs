using System.Reactive.Concurrency;
using System.Runtime.CompilerServices;
using Conn.PubSub;
using Conn.PubSub.Security;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>A client of the bus of a server.</summary>
internal sealed class IpcPropertyClient(BusConnection connection, ClientIdentity identity, PropertyClient local, BusLine line, int number) : IPropertyClient
{
    private const int EventsPerRead = 64;

    // A message is at most 16 MiB.
    private const long MaxBatchBytes = 12 << 20;

    private int _number = number;
    private int _closed;

    public ClientIdentity Identity => identity;

    public BusConnection Connection => connection;

    /// <summary>The connection whose server has opened it last. Guarded by the connection's lock.</summary>
    public BusLine Line { get; private set; } = line;

    /// <summary>The number that this server gave.</summary>
    public int Number => Volatile.Read(ref _number);

    /// <summary>The client of the replica with the same rights.</summary>
    public PropertyClient Local => local;

    /// <summary>The server of a new connection has opened it.</summary>
    public void OpenedAt(BusLine line, int number)
    {
        lock (connection.Lock)
        {
            Volatile.Write(ref _number, number);
            Line = line;
        }
    }

    public void ThrowIfClosed()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, typeof(IPropertyClient));
        ObjectDisposedException.ThrowIf(connection.Mirror.Core.IsDisposed, typeof(IPropertyStore));
    }

    public async ValueTask<ErrorCode> TryDefineAsync(PropertyName name, PropertyDefinition definition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        return new ErrorCode((await ChangeAsync(l => l.Server.DefineAsync(Number, WireName.Of(name), WireDefinition.Of(definition), cancellationToken), cancellationToken)).Code);
    }

    public async ValueTask<ErrorCode> TryDeleteAsync(PropertyName name, CancellationToken cancellationToken = default) =>
        new((await ChangeAsync(l => l.Server.DeleteAsync(Number, WireName.Of(name), cancellationToken), cancellationToken)).Code);

    public async ValueTask<IProperty> AttachAsync(PropertyName name, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        IpcProperty? property = null;
        BusHold hold = new(this, name) { IsSubscribed = () => property is { IsSubscribed: true } };
        connection.Holds.Add(hold, null);
        try
        {
            await connection.JoinedAsync();
            return await UntilClosedAsync(connection.Holds.AttachAsync(hold)) ? property = new IpcProperty(this, hold, local.Attach(name))
                : throw new ConnException(ErrorCode.ServerTerminated, $"{name} could not be attached: the store is not connected to its server.");
        }
        catch
        {
            connection.Holds.Remove(hold);
            throw;
        }
    }

    public async ValueTask<PropertyReading> TryReadAsync(PropertyName name, CancellationToken cancellationToken = default)
    {
        (WireReading reading, BusLine by) = await CallAsync(s => s.ReadAsync(Number, WireName.Of(name), cancellationToken), cancellationToken);

        // A later read by a handle must not be older.
        await connection.Replica.ReachAsync(by, reading.Mark, reading.StoreRevision + by.Offset);
        return new PropertyReading(new ErrorCode(reading.Code), reading.Value.Read(), new Revision(by.ToClient(reading.Revision)));
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
            [.. batch.Conditions.Select(static c => WireName.Of(c.Key))], []);
        long[] revisions = [.. batch.Conditions.Select(static c => c.Value.Value)];
        return batch.Values.Sum(static v => (long)v.Value.Bytes.Length) > MaxBatchBytes
            ? new PublishResult(ErrorCode.TooBig, Revision.None)
            : Result(await ChangeAsync(
                l => l.Server.PublishAsync(Number, wire with { Revisions = Array.ConvertAll(revisions, l.ToServer) }, cancellationToken), cancellationToken));
    }

    public async ValueTask<IReadOnlyList<PropertyInfo>> ListAsync(uint? category = null, CancellationToken cancellationToken = default)
    {
        (WireList list, BusLine by) = await CallAsync(s => s.ListAsync(Number, category, cancellationToken), cancellationToken);
        await connection.Replica.ReachAsync(by, list.Mark, list.StoreRevision + by.Offset);
        return
        [
            .. list.Properties.Select(p => new PropertyInfo(
                p.Name.Read(), (PropertyType)p.Type, new SecureId(p.Owner), (PropertyLifetime)p.Lifetime, by.Read(p.Current).Read())),
        ];
    }

    public async ValueTask<bool> HasSubscribersAsync(PropertyName name, CancellationToken cancellationToken = default)
    {
        Check(cancellationToken);
        await connection.JoinedAsync();
        (bool has, _) = await CallAsync(s => s.HasSubscribersAsync(Number, WireName.Of(name), cancellationToken), cancellationToken);
        return has || local.HasSubscribers(name);
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

    public RemoteCursor NewCursor(uint? category, Revision? after) => new(connection, this, category, after, identity.SecureId);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
        {
            return;
        }

        await connection.CloseAsync(async () =>
        {
            await connection.ChangeAsync(static l => l.Server.MarkAsync(default));
            await connection.Watches.DrainAsync(this);
        });
        local.Dispose();
        await connection.CloseAsync(() => connection.RemoveAsync(this));
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
        return Result(await ChangeAsync(
            l => l.SetAsync(new WireSet(Number, WireName.Of(name), wire, expected is { } e ? l.ToServer(e) : null)), cancellationToken));
    }

    private Task<WireOutcome> ChangeAsync(Func<BusLine, Task<WireOutcome>> call, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        return UntilClosedAsync(connection.ChangeAsync(call));
    }

    private Task<(T Answer, BusLine By)> CallAsync<T>(Func<IBusServer, Task<T>> call, CancellationToken cancellationToken)
    {
        Check(cancellationToken);
        return UntilClosedAsync(connection.CallAsync(call));
    }

    // A call that began before the client was closed may come to the server after its end.
    private async Task<T> UntilClosedAsync<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (ConnException e) when (e.Code == ErrorCode.BadHandle)
        {
            ThrowIfClosed();
            throw;
        }
    }
}
