using Conn.PubSub.Security;

namespace Conn.PubSub.Observables;

/// <summary>Invariant: cold; each observer gets an observation of its own, placed and woken in one hold of the gate.</summary>
internal sealed class PropertyObservable(PropertyStore store, ClientIdentity identity, PropertyName name, uint mask, bool field, ObserveOptions? options)
    : IObservable<PropertyChange>
{
    public IDisposable Subscribe(IObserver<PropertyChange> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return options?.Delivery == Delivery.Inline ? SubscribeInline(observer) : SubscribeQueued(observer);
    }

    private InlineObservation SubscribeInline(IObserver<PropertyChange> observer)
    {
        InlineObservation observation;
        PropertyNode node;
        InlineObservation[]? role;
        lock (store.Gate)
        {
            node = store.Refer(name);
            observation = new InlineObservation(store, node, identity, observer, mask, field);
            EndIfRefused(node, observation);
            node.Inline.Add(observation);
            role = node.Inline.TakeRole();
        }

        if (role is not null)
        {
            node.Inline.DrainAll(store, node);
        }

        return observation;
    }

    private QueuedObservation SubscribeQueued(IObserver<PropertyChange> observer)
    {
        Dispatcher dispatcher = store.DispatcherFor(options?.Scheduler);
        QueuedObservation observation;
        lock (store.Gate)
        {
            PropertyNode node = store.Refer(name);
            observation = new QueuedObservation(store, node, identity, observer, mask, field, dispatcher);
            EndIfRefused(node, observation);
            QueuedFanOut? fanOut = Array.Find(node.Queued, f => f.Dispatcher == dispatcher);
            if (fanOut is null)
            {
                fanOut = new QueuedFanOut(dispatcher);
                node.Queued = [.. node.Queued, fanOut];
            }

            fanOut.Add(observation);
        }

        if (observation.Wake())
        {
            observation.Schedule();
        }

        return observation;
    }

    private static void EndIfRefused(PropertyNode node, Observation observation)
    {
        if (node.Definition is { } definition)
        {
            observation.End(Ending.Denied, definition);
        }
    }
}
