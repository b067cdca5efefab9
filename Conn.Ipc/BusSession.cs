using Conn.PubSub;
using Conn.PubSub.Replication;
using Conn.PubSub.Security;
using Conn.PubSub.Subscriptions;
using MessagePack;

namespace Conn.Ipc;

/// <summary>One connection to the bus, at the server: its clients, the properties that are pushed to it, and its watches.</summary>
internal sealed class BusSession : IBusServer, IQuickTarget, IDisposable
{
    private readonly Lock _lock = new(); // guards _clients, _reported and _closed
    private readonly Dictionary<int, PropertyClient> _clients = [];
    private readonly ServedProperties _properties;
    private readonly ServedWatches _watches;
    private readonly ReportedSubscribers _reported;
    private readonly PropertyStore _store;
    private readonly UserShare _share;
    private readonly RefusedOwners _refused;
    private bool _closed;

    public BusSession(PropertyStore store, UserShare share, RefusedOwners refused)
    {
        (_store, _share, _refused) = (store, share, refused);
        _properties = new ServedProperties(store, share);
        _watches = new ServedWatches(store, share);
        _reported = new ReportedSubscribers(store.Core, Source, share.Grant.MaxSubscriptions);
    }

    public ReplicaSource Source => _properties.Source;

    /// <summary>The process at the other end.</summary>
    public IpcPeer Process => _share.Peer;

    /// <summary>The identities that the connection has opened.</summary>
    public IReadOnlyList<IpcClientInfo> Clients
    {
        get
        {
            lock (_lock)
            {
                return [.. _clients.Values.Select(c => new IpcClientInfo(c.Identity.SecureId, _share.Peer))];
            }
        }
    }

    /// <summary>The other side; set before the first call.</summary>
    public IBusClient Peer { get; set; } = null!;

    public Task<WireStore> OpenStoreAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new WireStore(_store.Core.Enforces, _store.Revision.Value, _store.Core.Instance));

    public Task<int> OpenAsync(uint secureId, uint capabilities, uint vendorId, CancellationToken cancellationToken)
    {
        if (!_share.Grant.Allows(new SecureId(secureId), new CapabilitySet(capabilities)))
        {
            // A program opens the identity of its owner before it offers the owner; its user may not be that owner.
            ConnException refusal = new(ErrorCode.PermissionDenied, $"{_share.Peer} may not have the secure id {new SecureId(secureId)} with these capabilities.");
            _refused.Add(_share.Peer, new SecureId(secureId), null, refusal);
            throw refusal;
        }

        _share.Take(Share.Subscriptions);
        PropertyClient? client = null;
        try
        {
            client = _store.Open(_store.MintIdentity(new SecureId(secureId), new CapabilitySet(capabilities), vendorId));
            Source.AddReader(client.Identity);
            lock (_lock)
            {
                ThrowIfClosed();
                _clients.Add(client.Access.Writer, client);
            }

            return Task.FromResult(client.Access.Writer);
        }
        catch
        {
            client?.Dispose();
            _share.GiveBack(Share.Subscriptions);
            throw;
        }
    }

    public Task<WireOutcome> CloseAsync(int client)
    {
        PropertyClient? closed;
        lock (_lock)
        {
            _clients.Remove(client, out closed);
        }

        if (closed is not null)
        {
            closed.Dispose();
            Source.RemoveReader(closed.Identity);
            _share.GiveBack(Share.Subscriptions);
        }

        return Task.FromResult(Outcome(ErrorCode.Success));
    }

    public Task<WireOutcome> DefineAsync(int client, WireName name, WireDefinition definition, CancellationToken cancellationToken) =>
        Task.FromResult(Outcome(Find(client).TryDefine(name.Read(), WireChecks.Given(definition, "a definition").Read())));

    public Task<WireOutcome> DeleteAsync(int client, WireName name, CancellationToken cancellationToken) =>
        Task.FromResult(Outcome(Find(client).TryDelete(name.Read())));

    public Task<WireOutcome> AttachAsync(int client, WireName name, CancellationToken cancellationToken)
    {
        _ = Find(client);
        _properties.Attach(name.Read());
        return Task.FromResult(Outcome(ErrorCode.Success));
    }

    public Task<WireOutcome> ResumeAsync(WireHeld[] held, CancellationToken cancellationToken)
    {
        foreach (WireHeld one in WireChecks.Given(held, "a list of properties"))
        {
            _properties.Resume(WireChecks.Given(one, "properties"));
        }

        return Task.FromResult(Outcome(ErrorCode.Success));
    }

    public void Detach(WireName name) => _properties.Detach(name.Read());

    public async Task<WireReading> ReadAsync(int client, WireName name, CancellationToken cancellationToken)
    {
        PropertyReading reading = await ((IPropertyClient)Find(client)).TryReadAsync(name.Read(), cancellationToken);
        return new WireReading(reading.Code.Value, WireValue.Of(reading.Value), reading.Revision.Value, _store.Revision.Value, Source.Mark());
    }

    public Task<WireOutcome> SetAsync(int client, WireName name, WireValue value, long? expected, CancellationToken cancellationToken) =>
        Task.FromResult(Set(client, name, value, expected));

    string IQuickTarget.Method => nameof(SetAsync);

    ValueTask<QuickMessage> IQuickTarget.Serve(ref MessagePackReader arguments, long id)
    {
        WireSet set = WireSet.Decode(ref arguments);
        WireOutcome outcome = Set(set.Client, set.Name, set.Value, set.Expected);
        return new(QuickMessage.Result(id, QuickMessage.Encoded(outcome)));
    }

    public Task<WireOutcome> PublishAsync(int client, WireBatch batch, CancellationToken cancellationToken)
    {
        PropertyBatch read = WireChecks.Read(batch);
        return Task.FromResult(Outcome(Find(client).TryPublish(read, out Revision revision), revision));
    }

    public Task<WireList> ListAsync(int client, uint? category, CancellationToken cancellationToken)
    {
        IReadOnlyList<PropertyInfo> list = Find(client).List(category, cancellationToken);
        return Task.FromResult(new WireList(
            [.. list.Select(static p => new WireInfo(WireName.Of(p.Name), (int)p.Type, p.Owner.Value, (int)p.Lifetime, WireChange.Of(p.Current)))],
            _store.Revision.Value, Source.Mark()));
    }

    public Task<bool> HasSubscribersAsync(int client, WireName name, CancellationToken cancellationToken)
    {
        _ = Find(client);
        lock (_store.Core.Lock)
        {
            return Task.FromResult(_store.Core.Table.Find(name.Read()) is { } node
                && (node.HasOwnSubscribers || node.Links.Any(l => l.Source != Source && l.Subscribers.Count != 0)));
        }
    }

    public Task<WireSubscription[]> ListSubscriptionsAsync(CancellationToken cancellationToken)
    {
        return Task.FromResult<WireSubscription[]>([.. SubscriptionList.Read(_store.Core, Source, _watches.Cursors)
            .Select(s => new WireSubscription(
                (int)s.Kind, s.Name is { } name ? WireName.Of(name) : null, s.Category, s.Subscriber.Value, s.Delivered.Value, s.Dropped))]);
    }

    public void Report(int client, WireName name, int kind, bool begins)
    {
        if (TryFind(client) is not { } found || (uint)kind > (uint)SubscriptionKind.Watch)
        {
            return;
        }

        lock (_lock)
        {
            if (begins && !_reported.TryAdd(name.Read()))
            {
                return;
            }
        }

        Source.Report(name.Read(), (SubscriptionKind)kind, found.Identity.SecureId, begins, _share.Grant.MaxSubscriptions);
    }

    public Task<WireOutcome> MarkAsync(CancellationToken cancellationToken) => Task.FromResult(Outcome(ErrorCode.Success));

    public void BeginWatch(int client, long watch, uint? category, long? after) =>
        _watches.Begin(Find(client).Access, watch, category, after, () => Peer.NewsAsync(watch));

    public Task<WireEvents> ReadWatchAsync(long watch, int most, CancellationToken cancellationToken) =>
        Task.FromResult(_watches.Find(watch)?.Read(most) ?? new WireEvents([], true));

    public void EndWatch(long watch) => _watches.End(watch);

    /// <summary>Ends everything of the connection.</summary>
    public void Dispose()
    {
        PropertyClient[] clients;
        lock (_lock)
        {
            _closed = true;
            clients = [.. _clients.Values];
            _clients.Clear();
        }

        _watches.Dispose();
        Array.ForEach(clients, static c => c.Dispose());
        _share.GiveBack(Share.Subscriptions, clients.Length);
        _properties.Dispose();
    }

    private WireOutcome Set(int client, WireName name, WireValue value, long? expected)
    {
        PropertyClient found = Find(client);
        ErrorCode code;
        Revision revision;
        if (value.Bytes is { } bytes)
        {
            code = expected is { } e ? found.TryCompareAndSet(name.Read(), bytes, new Revision(e), out revision) : found.TrySet(name.Read(), bytes, out revision);
        }
        else
        {
            code = expected is { } e ? found.TryCompareAndSet(name.Read(), value.Int, new Revision(e), out revision) : found.TrySet(name.Read(), value.Int, out revision);
        }

        return Outcome(code, revision);
    }

    private void ThrowIfClosed()
    {
        if (_closed)
        {
            throw new ConnException(ErrorCode.BadHandle, "The connection has ended.");
        }
    }

    private PropertyClient Find(int client) => TryFind(client) ?? throw new ConnException(ErrorCode.BadHandle, "The client is closed.");

    private PropertyClient? TryFind(int client)
    {
        lock (_lock)
        {
            return _clients.GetValueOrDefault(client);
        }
    }

    private WireOutcome Outcome(ErrorCode code, Revision revision = default) =>
        new(code.Value, revision.Value, _store.Revision.Value, Source.Mark());
}
