using System.Reactive.Concurrency;
using Conn.PubSub.Core;

namespace Conn.PubSub.Watching;

/// <summary>The stream of a watch. Cold: each observer gets a cursor of its own.</summary>
internal sealed class WatchObservable(StoreCore core, Access access, uint? category, Revision? after, IScheduler? scheduler) : IObservable<PropertyEvent>
{
    public IDisposable Subscribe(IObserver<PropertyEvent> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var observation = new WatchObservation(core, access, new WatchCursor(core, access, category, after), observer, core.DispatcherFor(scheduler));
        observation.Start();
        return observation;
    }
}
