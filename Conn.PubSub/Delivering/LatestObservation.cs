using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>An observer that reads the newest element when it has its turn, so it needs no queue.</summary>
internal sealed class LatestObservation(StoreCore core, PropertyNode node, Interest interest, IObserver<PropertyChange> observer, Dispatcher dispatcher)
    : QueuedObservation(core, node, interest, observer, dispatcher)
{
    private long _delivered = Nothing;

    public override SubscriptionInfo Describe() => new(
        SubscriptionKind.Latest, Node.Name, null, Interest.Access.Identity.SecureId, new Revision(Math.Max(0, Volatile.Read(ref _delivered))), 0);

    public override bool Round()
    {
        long delivered = _delivered;
        PropertyChange change = Read(delivered, out long asOf);
        Volatile.Write(ref _delivered, Math.Max(asOf, delivered));
        Deliver(change, change, asOf, delivered);
        return false;
    }

    // A definition that refuses this observer has ended it before it appeared, so its value is not delivered.
    private PropertyChange Read(long delivered, out long asOf)
    {
        // Without the lock in the usual case: a newer integer, for an observer that every element is passed to.
        if (IsPlain && Node.Definition is { Type: PropertyType.Int } definition)
        {
            definition.ReadInt(Core.Lock, out int value, out asOf);
            if (asOf > delivered)
            {
                return PropertyChange.OfInt(value, asOf, 0);
            }
        }

        lock (Core.Lock)
        {
            asOf = Node.LastRevision;
            return IsNew ? Node.First() : Node.Last();
        }
    }
}
