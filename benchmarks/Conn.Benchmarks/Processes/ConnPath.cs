using System.Reactive.Concurrency;
using Conn.Ipc;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Benchmarks.Processes;

/// <summary>A property of the daemon.</summary>
internal sealed class ConnPath : ILatencyPath
{
    private static readonly SecureId _sid = new(0x20000050);
    private static readonly PropertyName _name = new(_sid.Value, 1);

    private readonly IpcPropertyStore _store;
    private readonly IPropertyClient _client;
    private readonly byte[] _bytes = new byte[sizeof(long)];
    private IDisposable? _subscription;

    private ConnPath(IpcPropertyStore store, IPropertyClient client) => (_store, _client) = (store, client);

    public static async Task<ConnPath> ConnectAsync(string socket)
    {
        IpcPropertyStore store = await IpcPropertyStore.ConnectAsync(new IpcClientOptions { SocketPath = socket });
        IPropertyClient client = await store.OpenAsync(store.MintIdentity(_sid, CapabilitySet.Empty));
        _ = await client.TryDefineAsync(_name, PropertyDefinition.Open(PropertyType.ByteArray));
        return new ConnPath(store, client);
    }

    public async ValueTask SendAsync(long stamp)
    {
        BitConverter.TryWriteBytes(_bytes, stamp);
        _ = await _client.SetAsync(_name, new PropertyValue(_bytes));
    }

    public async Task ObserveAsync(Action<long> received)
    {
        _subscription = _client.Observe(_name, new ObserveOptions { Scheduler = ImmediateScheduler.Instance }).Subscribe(change =>
        {
            if (change.Bytes.Length == sizeof(long))
            {
                received(BitConverter.ToInt64(change.Bytes.Span));
            }
        });
        // A call after the observation returns when the observation has begun at the server.
        _ = await _client.TryReadAsync(_name);
    }

    public async ValueTask DisposeAsync()
    {
        _subscription?.Dispose();
        await _client.DisposeAsync();
        await _store.DisposeAsync();
    }
}
