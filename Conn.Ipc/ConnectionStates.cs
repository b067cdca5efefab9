using System.Reactive.Concurrency;
using System.Reactive.Linq;
using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.Ipc;

/// <summary>Publishes how a store stands with its server, by the rules of the bus: no observer runs in the way of a connection, and each gets the last state.</summary>
internal sealed class ConnectionStates : IDisposable
{
    private static readonly PropertyName State = new(1, 1);

    private readonly PropertyStore _store;
    private readonly PropertyClient _client;
    private volatile Exception? _failure;

    public ConnectionStates(IScheduler? scheduler, Action<Exception>? observerFailed)
    {
        _store = new PropertyStore(new PropertyStoreOptions { Scheduler = scheduler, ObserverFailed = observerFailed });
        _client = _store.Open(new SecureId(1));
        _client.TryDefine(State, PropertyDefinition.Open(PropertyType.Int));
        All = _client.Observe(State, new ObserveOptions { Distinct = true }).Where(static c => c.Value is not null).Select(static c => (IpcConnectionState)c.Value!.Value);
    }

    public IObservable<IpcConnectionState> All { get; }

    public IpcConnectionState Now => _store.Core.IsDisposed ? IpcConnectionState.Ended
        : _client.TryGet(State, out int state).IsSuccess ? (IpcConnectionState)state : IpcConnectionState.Ended;

    /// <summary>Why the last attempt to connect failed; null when none did since the connection was there last.</summary>
    public Exception? Failure => _failure;

    public void Failed(Exception failure) => _failure = failure;

    /// <summary>Publishes a state. After the end there is no other.</summary>
    public void Set(IpcConnectionState state)
    {
        _failure = state == IpcConnectionState.Connected ? null : _failure;
        try
        {
            _client.TrySet(State, (int)state);
        }
        catch (ObjectDisposedException)
        {
            // The store was closed meanwhile, which is the last state.
        }
    }

    public void Dispose()
    {
        Set(IpcConnectionState.Ended);
        _store.Dispose();
    }
}
