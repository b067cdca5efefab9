using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>The stream of a property. Cold: each observer gets an observation of its own.</summary>
internal sealed class PropertyObservable(StoreCore core, PropertyName name, Interest interest, ObserveOptions options) : IObservable<PropertyChange>
{
    public IDisposable Subscribe(IObserver<PropertyChange> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return options.Delivery == Delivery.Inline ? SubscribeInline(observer) : SubscribeQueued(observer);
    }

    private InlineObservation SubscribeInline(IObserver<PropertyChange> observer)
    {
        InlineObservation observation;
        PropertyNode node;
        PropertyChange first = default;
        bool claimed;
        long asOf;
        int place;
        lock (core.Lock)
        {
            node = Refer();
            observation = new InlineObservation(core, node, interest, observer);
            observation.Join();
            place = observation.Place;
            claimed = node.Inline.TryClaim();
            asOf = node.LastRevision;
            if (claimed)
            {
                first = node.First();
            }
        }

        if (claimed)
        {
            node.Inline.DeliverFirst(core, node, place, first, asOf);
        }

        return observation;
    }

    private QueuedObservation SubscribeQueued(IObserver<PropertyChange> observer)
    {
        Dispatcher dispatcher = core.DispatcherFor(options.Scheduler);
        QueuedObservation observation;
        lock (core.Lock)
        {
            PropertyNode node = Refer();
            observation = options.Delivery == Delivery.Buffered
                ? new BufferedObservation(core, node, interest, observer, dispatcher, options.Capacity)
                : new LatestObservation(core, node, interest, observer, dispatcher);
            observation.Join();
            node.Interests = Interests.Any;
        }

        if (observation.Turn.Wake())
        {
            observation.Turn.Schedule();
        }

        return observation;
    }

    private PropertyNode Refer()
    {
        ObjectDisposedException.ThrowIf(interest.Access.Client.HasEnded, typeof(PropertyClient));
        return core.Refer(name);
    }
}
