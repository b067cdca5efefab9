using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>
/// An observer that is called on the thread of a publisher, by its property's <see cref="InlineDelivery"/>. As long as an element needs more than a call, the delivery
/// calls this object in its place.
/// </summary>
internal sealed class InlineObservation(StoreCore core, PropertyNode node, Interest interest, IObserver<PropertyChange> observer)
    : Observation(core, node, interest, observer), IListed, IObserver<PropertyChange>
{
    public int Place { get; set; }

    /// <summary>The array in which its place was cleared; null while it has not left.</summary>
    public InlineObservation?[]? LeftItems { get; private set; }

    protected override bool IsInOwnCall => Node.Inline.IsCalling(this);

    void IObserver<PropertyChange>.OnNext(PropertyChange value) => Node.Inline.CallSpecially(this, value);

    void IObserver<PropertyChange>.OnError(Exception error)
    {
    }

    void IObserver<PropertyChange>.OnCompleted()
    {
    }

    public void DeliverSpecially(in PropertyChange first, in PropertyChange next, long asOf, long delivered) => Deliver(first, next, asOf, delivered);

    public override SubscriptionInfo Describe() => new(
        SubscriptionKind.Inline, Node.Name, null, Interest.Access.Identity.SecureId, new Revision(IsNew ? 0 : Math.Max(0, Node.Inline.Delivered)), 0);

    protected override void AddToNode()
    {
        Node.Inline.Observers.Add(this);
        Node.Interests = Node.Interests == Interests.None ? Interests.Inline : Node.Interests;
    }

    protected override void RemoveFromNode()
    {
        LeftItems = Node.Inline.Observers.All.Items;
        Node.Inline.Observers.Remove(this);
        if (Node.Inline.IsEmpty && Node.Interests == Interests.Inline)
        {
            Node.Interests = Interests.None;
        }
    }

    protected override void KeepUntilEnd() => Node.Inline.Observers.Ended(this);

    protected override Action? Wake() => Node.Inline.TryClaim() ? () => Node.Inline.DeliverCurrent(Core, Node) : null;

    protected override Task WhenCallIsOver() => Node.Inline.WhenRoundIsOver(Core);
}
