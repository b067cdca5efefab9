using System.Reactive.Concurrency;
using Conn.PubSub;
using Conn.PubSub.Watching;

namespace Conn.Ipc;

/// <summary>The stream of a watch in another process. Cold: each observer gets a cursor of its own at the server.</summary>
internal sealed class IpcWatchObservable(IpcPropertyClient client, uint? category, Revision? after, IScheduler? scheduler) : IObservable<PropertyEvent>
{
    public IDisposable Subscribe(IObserver<PropertyEvent> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        client.ThrowIfClosed();
        RemoteCursor cursor = client.NewCursor(category, after);
        WatchObservation observation = new(client.Connection.Mirror.Core, client.Local.Access, cursor, observer, client.Connection.Mirror.Core.DispatcherFor(scheduler));
        cursor.Begin(observation.Turn);
        observation.Start();
        return observation;
    }
}
