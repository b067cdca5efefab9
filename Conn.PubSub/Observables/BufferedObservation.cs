namespace Conn.PubSub.Observables;

/// <summary>Invariant: tells every element since it came, in order, but for those that were pushed out before its turn; they are counted.</summary>
internal sealed class BufferedObservation : Observation, ITurnTaker
{
    private const int ElementsPerRound = 16;

    private readonly Dispatcher _dispatcher;
    private readonly int _capacity;
    private readonly PropertyChange _first;
    private readonly long _firstAsOf;
    private readonly PropertyChange[] _taken;

    // Guarded by the store's gate.
    private long _cursor;
    private long _dropped;
    private ChangeRing? _pending;

    /// <summary>Under the gate, in the hold in which it joins.</summary>
    public BufferedObservation(
        PropertyStore store, PropertyNode node, Interest interest, IObserver<PropertyChange> observer, Dispatcher dispatcher, int capacity)
        : base(store, node, interest, observer)
    {
        _dispatcher = dispatcher;
        _capacity = capacity;
        _taken = new PropertyChange[Math.Min(capacity, ElementsPerRound)];
        Turn = new Turn(this, dispatcher);
        node.Ring ??= new ChangeRing(capacity);
        node.Ring.Grow(capacity);
        node.Ring.Users++;
        _cursor = node.Ring.Head;
        _first = node.Current();
        _firstAsOf = node.LastStamp;
    }

    public Turn Turn { get; }

    protected override bool IsQuiet => !Turn.IsRunning;

    public override SubscriptionInfo Describe() => Describe(SubscriptionKind.Buffered, _dropped);

    public bool Round()
    {
        int count = 0;
        bool more = false;
        using (Store.Gate.Take())
        {
            if (!IsNew && (_pending ?? Node.Ring) is { } ring && !Has(Disposed))
            {
                long lost = Math.Max(0, ring.Head - _cursor - _capacity);
                _cursor += lost;
                _dropped += lost;
                while (count < _taken.Length && _cursor < ring.Head)
                {
                    PropertyChange change = ring[_cursor++];
                    _taken[count++] = lost > 0 ? change.After(lost) : change;
                    lost = 0;
                }

                more = _cursor < ring.Head;
            }
        }

        if (IsNew)
        {
            more = !Has(Disposed);
            TellGuarded(_first, _firstAsOf);
        }
        else if (count == 0)
        {
            EndGuarded();
        }

        for (int i = 0; i < count; i++)
        {
            TellGuarded(_taken[i], _taken[i].Stamp.Value);
            _taken[i] = default;
        }

        return more;
    }

    protected override void RemoveFromNode()
    {
        Node.Queued = QueuedFanOut.Part(Node.Queued, _dispatcher, Turn);
        if (--Node.Ring!.Users == 0)
        {
            Node.Ring = null;
        }
    }

    protected override void KeepPending(Ending ending)
    {
        if (ending == Ending.Denied)
        {
            _pending = Node.Ring!.From(_cursor);
        }
    }

    private void EndGuarded()
    {
        try
        {
            TellEndOnly(Environment.CurrentManagedThreadId);
        }
#pragma warning disable CA1031 // As below.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failed(exception);
        }
    }

    private void TellGuarded(in PropertyChange change, long asOf)
    {
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
    }
}
