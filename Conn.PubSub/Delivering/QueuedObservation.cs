using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>An observer that is called on a scheduler, in the rounds of its turn.</summary>
internal abstract class QueuedObservation : Observation, ITurnTaker
{
    private readonly Dispatcher _dispatcher;

    protected QueuedObservation(StoreCore core, PropertyNode node, Interest interest, IObserver<PropertyChange> observer, Dispatcher dispatcher)
        : base(core, node, interest, observer)
    {
        _dispatcher = dispatcher;
        Turn = new Turn(this, dispatcher);
    }

    public Turn Turn { get; }

    protected override bool IsInOwnCall => Turn.IsOnThisThread;

    public abstract bool Round();

    protected override void AddToNode() => Node.Queued = FanOut.Add(Node.Queued, _dispatcher, Turn);

    protected override void RemoveFromNode() => Node.Queued = FanOut.Remove(Node.Queued, _dispatcher, Turn);

    protected override Action? Wake() => Turn.Wake() ? Turn.Schedule : null;

    protected override Task WhenCallIsOver() => Turn.WhenRoundIsOver();
}
