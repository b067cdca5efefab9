namespace Conn.PubSub.Observables;

/// <summary>Invariant: told by who holds its property's inline role; directly once there is nothing to consider.</summary>
internal sealed class InlineObservation(PropertyStore store, PropertyNode node, Interest interest, IObserver<PropertyChange> observer)
    : Observation(store, node, interest, observer)
{
    /// <summary>True when every element is simply passed on.</summary>
    public bool IsPlain => Flags == 0;

    protected override bool IsQuiet => Node.Inline.IsQuiet;

    public override SubscriptionInfo Describe()
    {
        SubscriptionInfo own = Describe(SubscriptionKind.Inline, 0);
        return IsPlain ? own with { Told = Node.Inline.Told } : own;
    }

    protected override void RemoveFromNode()
    {
        Node.Inline.Remove(this);
        if (Node.Inline.IsEmpty && Node.Reach == Reach.Inline)
        {
            Node.Reach = Reach.Nobody;
        }
    }

    protected override void AwaitElsewhere() => Node.Inline.AwaitTelling(this);
}
