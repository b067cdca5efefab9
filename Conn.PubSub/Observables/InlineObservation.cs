namespace Conn.PubSub.Observables;

/// <summary>Invariant: told by who holds its property's inline role.</summary>
internal sealed class InlineObservation(PropertyStore store, PropertyNode node, Interest interest, IObserver<PropertyChange> observer)
    : Observation(store, node, interest, observer)
{
    public override SubscriptionInfo Describe() => Describe(SubscriptionKind.Inline, 0);

    protected override void RemoveFromNode() => Node.Inline.Remove(this);
}
