namespace Conn.PubSub.Observables;

/// <summary>Invariant: cold; each observer gets an observation of its own, placed and woken in one hold of the gate.</summary>
internal sealed class PropertyObservable(PropertyStore store, PropertyName name, Interest interest, ObserveOptions? options) : IObservable<PropertyChange>
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
        var announcement = default(Announcement);
        Present present = default;
        using (store.Gate.Take())
        {
            node = store.Refer(name);
            observation = new InlineObservation(store, node, interest, observer);
            EndIfRefused(node, observation);
            node.Inline.Add(observation);
            node.Reach = node.Reach == Reach.Nobody ? Reach.Inline : node.Reach;
            node.Inline.TakeRole(ref announcement);
            if (announcement.Inline is not null)
            {
                present = node.Inline.Look(node);
            }
        }

        if (announcement.Inline is not null)
        {
            node.Inline.Drain(store, node, present);
        }
        else
        {
            node.Inline.Deliver(store, node, announcement, default, Observation.Nothing);
        }

        return observation;
    }

    private Observation SubscribeQueued(IObserver<PropertyChange> observer)
    {
        Dispatcher dispatcher = store.DispatcherFor(options?.Scheduler);
        Observation observation;
        Turn turn;
        using (store.Gate.Take())
        {
            PropertyNode node = store.Refer(name);
            if (options?.Buffer > 0)
            {
                var buffered = new BufferedObservation(store, node, interest, observer, dispatcher, options.Buffer);
                observation = buffered;
                turn = buffered.Turn;
            }
            else
            {
                var latest = new QueuedObservation(store, node, interest, observer, dispatcher);
                observation = latest;
                turn = latest.Turn;
            }

            EndIfRefused(node, observation);
            node.Queued = QueuedFanOut.Join(node.Queued, dispatcher, turn);
            node.Reach = Reach.More;
        }

        if (turn.Wake())
        {
            turn.Schedule();
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
