namespace Conn.PubSub.Observables;

/// <summary>Invariant: those of one place who are told on one scheduler; queued at most once. Guarded by the store's gate; an array once given is never
/// changed.</summary>
internal sealed class QueuedFanOut(Dispatcher dispatcher)
{
    private readonly LinkedList<Turn> _members = new();
    private Turn[]? _turns;

    public Dispatcher Dispatcher => dispatcher;

    /// <summary>In the order in which they came; made anew when somebody came or went, so that ten thousand who come cost one array and not ten
    /// thousand.</summary>
    public Turn[] Turns => _turns ??= [.. _members];

    public bool IsEnqueued { get; set; }

    public QueuedFanOut? NextEnqueued { get; set; }

    /// <summary>Adds to the fan-out of that dispatcher, made when absent; gives the fan-outs back as they are then.</summary>
    public static QueuedFanOut[] Join(QueuedFanOut[] fanOuts, Dispatcher dispatcher, Turn turn)
    {
        QueuedFanOut? fanOut = Array.Find(fanOuts, f => f.Dispatcher == dispatcher);
        if (fanOut is null)
        {
            fanOut = new QueuedFanOut(dispatcher);
            fanOuts = [.. fanOuts, fanOut];
        }

        fanOut._members.AddLast(turn.Place);
        fanOut._turns = null;
        return fanOuts;
    }

    /// <summary>Takes out of its fan-out, and that out when empty.</summary>
    public static QueuedFanOut[] Part(QueuedFanOut[] fanOuts, Dispatcher dispatcher, Turn turn)
    {
        QueuedFanOut fanOut = Array.Find(fanOuts, f => f.Dispatcher == dispatcher)!;
        fanOut._members.Remove(turn.Place);
        fanOut._turns = null;
        return fanOut._members.Count == 0 ? Array.FindAll(fanOuts, f => f != fanOut) : fanOuts;
    }

    public bool End(Ending ending, Definition? definition)
    {
        bool ended = false;
        foreach (Turn turn in Turns)
        {
            ended |= turn.Taker is Observation observation && observation.End(ending, definition);
        }

        return ended;
    }
}
