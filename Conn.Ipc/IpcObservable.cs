using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>The stream of a property in another process. Cold: each observer observes the replica.</summary>
internal sealed class IpcObservable(IpcPropertyClient client, PropertyName name, IObservable<PropertyChange> local, SubscriptionKind kind) : IObservable<PropertyChange>
{
    public IDisposable Subscribe(IObserver<PropertyChange> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        client.ThrowIfClosed();
        IpcObservation observation = new(client, name, local, kind, observer);
        observation.Begin();
        return observation;
    }
}
