using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>An observer that reads the newest element when it has its turn, so it needs no queue.</summary>
internal sealed class LatestObservation : Observation, ITurnTaker
{
    private readonly Dispatcher _dispatcher;
    private long _delivered = Nothing;

    public LatestObservation(StoreCore core, PropertyNode node, Interest interest, IObserver<PropertyChange> observer, Dispatcher dispatcher)
        : base(core, node, interest, observer)
    {
        _dispatcher = dispatcher;
        Turn = new Turn(this, dispatcher);
    }

    public Turn Turn { get; }

    protected override bool IsInOwnCall => Turn.IsOnThisThread;

    public override SubscriptionInfo Describe() => new(
        SubscriptionKind.Latest, Node.Name, null, Interest.Access.Identity.SecureId, new Revision(Math.Max(0, Volatile.Read(ref _delivered))), 0);

    public bool Round()
    {
        try
        {
            long delivered = _delivered;
            PropertyChange change = Read(delivered, out long asOf);
            Volatile.Write(ref _delivered, Math.Max(asOf, delivered));
            Deliver(change, change, asOf, delivered);
        }
#pragma warning disable CA1031 // An observer's exception hurts no other; it is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Core.Report(exception);
        }

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

    protected override void AddToNode() => Node.Queued = FanOut.Add(Node.Queued, _dispatcher, Turn);

    protected override void RemoveFromNode() => Node.Queued = FanOut.Remove(Node.Queued, _dispatcher, Turn);

    protected override Action? Wake() => Turn.Wake() ? Turn.Schedule : null;

    protected override Task WhenCallIsOver() => Turn.WhenRoundIsOver();
}
