namespace Conn.PubSub.Observables;

/// <summary>Invariant: reads the newest state when it has its turn, so it holds no queue.</summary>
internal sealed class QueuedObservation : Observation, ITurnTaker
{
    private readonly Dispatcher _dispatcher;

    public QueuedObservation(PropertyStore store, PropertyNode node, Interest interest, IObserver<PropertyChange> observer, Dispatcher dispatcher)
        : base(store, node, interest, observer)
    {
        _dispatcher = dispatcher;
        Turn = new Turn(this, dispatcher);
    }

    public Turn Turn { get; }

    protected override bool IsQuiet => !Turn.IsRunning;

    public override SubscriptionInfo Describe() => Describe(SubscriptionKind.Latest, 0);

    public bool Round()
    {
        PropertyChange change;
        long asOf;
        using (Store.Gate.Take())
        {
            // A definition that refuses this observer ended it in the hold in which it appeared: its value is not told.
            change = IsNew ? Node.Current() : Node.Last();
            asOf = Node.LastStamp;
        }

        try
        {
            Tell(change, change, asOf, Environment.CurrentManagedThreadId);
        }
#pragma warning disable CA1031 // An observer's exception hurts nobody else; it is reported and counted.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failed(exception);
        }

        return false;
    }

    protected override void RemoveFromNode() => Node.Queued = QueuedFanOut.Part(Node.Queued, _dispatcher, Turn);
}
