using System.Collections.Concurrent;
using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Ipc.Tests;

/// <summary>A store behind a socket, as one store: closing it closes the client, the server and the store that is served.</summary>
internal sealed class SocketBus : IPropertyStore
{
    private static readonly ConcurrentDictionary<SocketBus, IScheduler> Open = [];

    private readonly SocketFolder _folder;
    private readonly PropertyStore _served;
    private readonly IpcServer _server;
    private readonly IpcPropertyStore _client;
    private Revision _settled;

    private SocketBus(SocketFolder folder, PropertyStore served, IpcServer server, IpcPropertyStore client) =>
        (_folder, _served, _server, _client) = (folder, served, server, client);

    public Revision Revision => _client.Revision;

    public long ObserverFailures => _client.ObserverFailures + _served.ObserverFailures;

    public StoreLimits Limits => _client.Limits;

    /// <summary>Gets the policy that lets the tests be everybody, the engine included.</summary>
    public static IpcIdentityPolicy Everybody { get; } = new(Enumerable.Range(0, 1).ToDictionary(
        static _ => User, static _ => new IpcGrant { SecureIds = new EverySid(), Capabilities = CapabilitySet.All, MaxProperties = 1_000_000, MaxSubscriptions = 1_000_000 }));

    public static async ValueTask<IPropertyStore> CreateAsync(PropertyStoreOptions options)
    {
        PropertyStore served = new(options);
        SocketFolder folder = new();
        IpcServer server = IpcServer.Start(new IpcServerOptions { SocketPath = folder.Socket, Store = served, Identities = Everybody });
        IpcPropertyStore client = await IpcPropertyStore.ConnectAsync(new IpcClientOptions
        {
            SocketPath = folder.Socket, Scheduler = options.Scheduler, ObserverFailed = options.ObserverFailed,
        });
        SocketBus bus = new(folder, served, server, client);
        if (options.Scheduler is { } scheduler)
        {
            Open[bus] = scheduler;
        }

        return bus;
    }

    /// <summary>Runs everything that is due on a scheduler, and what the server sends because of it, until nothing is left.</summary>
    public static async ValueTask SettleAsync(HistoricalScheduler scheduler)
    {
        SocketBus[] buses = [.. Open.Where(b => b.Value == scheduler).Select(static b => b.Key)];
        bool progress = true;
        for (int quiet = 0; quiet < 2; quiet = progress ? 0 : quiet + 1)
        {
            progress = false;
            foreach (SocketBus bus in buses.Where(static b => !b._client.Connection.IsLost))
            {
                try
                {
                    await bus._client.Connection.ChangeAsync(static line => line.Server.MarkAsync(default));
                    progress |= bus._settled != bus.Revision;
                    bus._settled = bus.Revision;
                    progress |= await bus._client.Connection.Watches.RefreshAsync();
                }
                catch (ConnException)
                {
                    // The store was closed meanwhile.
                }
            }

            scheduler.Start();
        }
    }

    public ClientIdentity MintIdentity(SecureId sid, CapabilitySet capabilities, uint vendorId = 0) => _client.MintIdentity(sid, capabilities, vendorId);

    public ValueTask<IPropertyClient> OpenAsync(ClientIdentity identity, CancellationToken cancellationToken = default) => _client.OpenAsync(identity, cancellationToken);

    public ValueTask<IReadOnlyList<SubscriptionInfo>> ListSubscriptionsAsync(CancellationToken cancellationToken = default) =>
        _client.ListSubscriptionsAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        if (Directory.Exists(_folder.Folder))
        {
            _folder.Dispose();
        }

        await _served.DisposeAsync();
    }

    public static uint User => Environment.UserName == "root" ? 0 : uint.Parse(
        File.ReadLines("/proc/self/status").First(static l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Every secure id.</summary>
    private sealed class EverySid : IReadOnlyCollection<SecureId>, ICollection<SecureId>
    {
        public int Count => int.MaxValue;

        public bool IsReadOnly => true;

        public bool Contains(SecureId item) => true;

        public void Add(SecureId item) => throw new NotSupportedException();

        public void Clear() => throw new NotSupportedException();

        public void CopyTo(SecureId[] array, int arrayIndex) => throw new NotSupportedException();

        public bool Remove(SecureId item) => throw new NotSupportedException();

        public IEnumerator<SecureId> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
