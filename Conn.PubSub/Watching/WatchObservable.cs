using System.Reactive.Concurrency;

namespace Conn.PubSub.Watching;

/// <summary>Invariant: cold; each observer gets a cursor of its own.</summary>
internal sealed class WatchObservable(PropertyStore store, Access access, uint? category, Stamp? after, IScheduler? scheduler) : IObservable<PropertyEvent>
{
    public IDisposable Subscribe(IObserver<PropertyEvent> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var observation = new WatchObservation(store, new WatchCursor(store, access, category, after), observer, store.DispatcherFor(scheduler));
        observation.Start();
        return observation;
    }
}
