namespace Conn.PubSub.Observables;

/// <summary>Invariant: one property's observers on one scheduler; queued at most once. Guarded by the store's gate; the array is replaced, never changed.</summary>
internal sealed class QueuedFanOut(Dispatcher dispatcher)
{
    public Dispatcher Dispatcher => dispatcher;

    public QueuedObservation[] Observations { get; private set; } = [];

    public bool IsEnqueued { get; set; }

    public QueuedFanOut? NextEnqueued { get; set; }

    public void Add(QueuedObservation observation) => Observations = [.. Observations, observation];

    public void Remove(QueuedObservation observation) => Observations = Array.FindAll(Observations, o => o != observation);

    public bool End(Ending ending, Definition? definition)
    {
        bool ended = false;
        foreach (QueuedObservation observation in Observations)
        {
            ended |= observation.End(ending, definition);
        }

        return ended;
    }
}
