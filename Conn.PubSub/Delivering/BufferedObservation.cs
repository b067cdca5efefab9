using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>
/// An observer with a queue: it receives every element since it joined, in order, except those that did not fit, which are counted. Observers without a filter share the
/// property's ring; one with a filter has a ring of its own, into which the publisher puts only what it wants.
/// </summary>
internal sealed class BufferedObservation : QueuedObservation, IListed
{
    private const int ElementsPerRound = 16;

    private readonly int _capacity;
    private readonly PropertyChange[] _taken;

    // Guarded by the store's lock.
    private ChangeRing _ring = null!;
    private PropertyChange _first;
    private PropertyChange _lastWanted;
    private long _cursor;
    private long _dropped;

    // The last delivered revision, for lists.
    private long _delivered;

    public BufferedObservation(
        StoreCore core, PropertyNode node, Interest interest, IObserver<PropertyChange> observer, Dispatcher dispatcher, int capacity)
        : base(core, node, interest, observer, dispatcher)
    {
        _capacity = capacity;
        _taken = new PropertyChange[Math.Min(capacity, ElementsPerRound)];
    }

    public int Place { get; set; }

    /// <summary>Queues an element that it wants, when it has a ring of its own. Under the lock.</summary>
    public void Offer(in PropertyChange change)
    {
        if (!HasEnd && Interest.Wants(change, _lastWanted))
        {
            _lastWanted = change;
            _ring.Add(change);
        }
    }

    public override SubscriptionInfo Describe() => new(
        SubscriptionKind.Buffered, Node.Name, null, Interest.Access.Identity.SecureId, new Revision(Volatile.Read(ref _delivered)), _dropped);

    public override bool Round()
    {
        if (IsNew)
        {
            DeliverFirst(_first);
            return !HasLeft;
        }

        int count = Take(out bool isOver);
        for (int i = 0; i < count && !HasLeft; i++)
        {
            Call(_taken[i]);
        }

        Array.Clear(_taken, 0, count);
        if (isOver)
        {
            DeliverEnd();
        }

        return count != 0;
    }

    protected override void AddToNode()
    {
        base.AddToNode();
        _first = _lastWanted = Node.First();
        if (Interest.IsFiltered)
        {
            _ring = new ChangeRing(_capacity);
            (Node.Filtered ??= new ObserverList<BufferedObservation>()).Add(this);
            return;
        }

        _ring = Node.Ring ??= new ChangeRing(_capacity);
        _ring.Grow(_capacity);
        _ring.Users++;
        _cursor = _ring.Head;
    }

    protected override void RemoveFromNode()
    {
        base.RemoveFromNode();
        if (Interest.IsFiltered)
        {
            Node.Filtered!.Remove(this);
            Node.Filtered = Node.Filtered.Count == 0 ? null : Node.Filtered;
        }
        else if (--Node.Ring!.Users == 0)
        {
            Node.Ring = null;
        }
    }

    protected override void KeepUntilEnd() => _ring = Interest.IsFiltered ? _ring : _ring.From(_cursor);

    // What is next, oldest first. The first element carries the number of those that were dropped before it. It is over when the stream had ended and nothing was left at
    // the same moment.
    private int Take(out bool isOver)
    {
        lock (Core.Lock)
        {
            long lost = Math.Max(0, _ring.Head - _cursor - _capacity);
            _cursor += lost;
            _dropped += lost;
            int count = 0;
            while (count < _taken.Length && _cursor < _ring.Head)
            {
                PropertyChange change = _ring[_cursor++];
                _taken[count++] = lost > 0 ? change.After(lost) : change;
                lost = 0;
            }

            isOver = count == 0 && HasEnd;
            return count;
        }
    }

    private void Call(in PropertyChange change)
    {
        try
        {
            Volatile.Write(ref _delivered, change.Revision.Value);
            Observer.OnNext(change);
        }
#pragma warning disable CA1031 // An observer's exception hurts no other; it is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Core.Report(exception);
        }
    }
}
