using Conn.PubSub.Core;

namespace Conn.PubSub.Delivering;

/// <summary>
/// One observer of one property. Invariant: at most one thread calls it at a time, with rising revisions, and not after its end.
/// </summary>
internal abstract class Observation : Subscriber
{
    /// <summary>Older than every revision: nothing was delivered, or there is nothing to deliver.</summary>
    public const long Nothing = -1;

    // Which elements need more than a call: 0 is the common case.
    private const int New = 1;
    private const int Filtered = 2;
    private const int Left = 4;
    private const int Ended = 8;

    private readonly Interest _interest;
    private IObserver<PropertyChange> _observer;
    private int _flags = New;
    private StreamEnd? _end;
    private long _joinedAt;

    // The last delivered element, for a filter. Used by the delivering thread only.
    private PropertyChange _last;

    protected Observation(StoreCore core, PropertyNode node, Interest interest, IObserver<PropertyChange> observer)
        : base(core, interest.Access.Client)
    {
        Node = node;
        _interest = interest;
        _observer = observer;
        if (interest.IsFiltered)
        {
            _flags |= Filtered;
        }
    }

    /// <summary>Whether every element is simply passed to <see cref="Observer"/>.</summary>
    public bool IsPlain => Volatile.Read(ref _flags) == 0;

    /// <summary>As <see cref="IsPlain"/>, after everything that this thread has written is visible to others.</summary>
    public bool IsPlainNow() => Interlocked.Or(ref _flags, 0) == 0;

    /// <summary>The observer; one that does nothing after it was removed.</summary>
    public IObserver<PropertyChange> Observer => _observer;

    /// <summary>Whether the stream has ended, and the observer was not called for it yet.</summary>
    public bool HasEnd => (Volatile.Read(ref _flags) & Ended) != 0;

    protected PropertyNode Node { get; }

    protected Interest Interest => _interest;

    /// <summary>Whether the first element was not delivered yet.</summary>
    protected bool IsNew => (Volatile.Read(ref _flags) & New) != 0;

    protected bool HasLeft => (Volatile.Read(ref _flags) & Left) != 0;

    /// <summary>Joins its property and its client; the store's lock is held. A definition that refuses it ends it at once.</summary>
    public void Join()
    {
        JoinClient();
        _joinedAt = Node.LastRevision;
        AddToNode();
        if (Node.Current is { } definition && IsRefusedBy(definition))
        {
            End(StreamEnd.RefusedAtOnce);
        }
    }

    /// <summary>Ends the stream, unless it has ended. The thread that delivers next calls the observer. Under the lock.</summary>
    public void End(StreamEnd end)
    {
        if (_end is null)
        {
            _end = end;
            Interlocked.Or(ref _flags, Ended);
            KeepUntilEnd();
        }
    }

    /// <summary>Whether a definition refuses it.</summary>
    public bool IsRefusedBy(Definition definition) => !definition.MayRead(_interest.Access.Identity);

    /// <summary>For a list. Under the lock.</summary>
    public abstract SubscriptionInfo Describe();

    /// <inheritdoc/>
    public override Action? EndWithClient()
    {
        End(new StreamEnd(false, Node.First(), Node.Last(), Node.LastRevision));
        return Wake();
    }

    /// <summary>Delivers an element, or the end, to an observer that <see cref="IsPlain"/> does not describe.</summary>
    /// <param name="first">For an observer without an element yet.</param>
    /// <param name="next">For any other.</param>
    /// <param name="asOf">The name's last revision when the elements were made.</param>
    /// <param name="delivered">The revision that the observer has already, unless it is new.</param>
    protected void Deliver(in PropertyChange first, in PropertyChange next, long asOf, long delivered)
    {
        if (HasLeft)
        {
            return;
        }

        if (!HasEnd)
        {
            DeliverNewer(first, next, asOf, delivered);
            return;
        }

        StreamEnd end = _end!;
        try
        {
            // What was accepted before the end comes first, and nothing that came after it.
            if (!IsNew && asOf < end.AsOf)
            {
                DeliverNewer(first, next, asOf, delivered);
                delivered = Math.Max(asOf, delivered);
            }

            DeliverNewer(end.First, end.Last, end.AsOf, delivered);
        }
#pragma warning disable CA1031 // An observer that throws gets its end all the same; the exception is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Core.Report(exception);
        }

        DeliverEnd();
    }

    /// <summary>Delivers the first element, unless a definition refused the observer from the start.</summary>
    protected void DeliverFirst(in PropertyChange first)
    {
        if (_end != StreamEnd.RefusedAtOnce)
        {
            DeliverNewer(first, first, 0, Nothing);
        }
        else
        {
            DeliverEnd();
        }
    }

    /// <summary>Delivers the end, if there is one, to an observer that has received everything before it.</summary>
    protected void DeliverEnd()
    {
        IObserver<PropertyChange> observer = _observer;

        // Removed first: an observer that disposes inside this call finds it done.
        if (!HasEnd || !TryLeave())
        {
            return;
        }

        if (_end!.Refused)
        {
            observer.OnError(new ConnException(
                ErrorCode.PermissionDenied, $"The read policy of {Node.Name} refuses the observer; use an identity that passes the policy."));
        }
        else
        {
            observer.OnCompleted();
        }
    }

    protected abstract void AddToNode();

    protected abstract void RemoveFromNode();

    /// <summary>Makes a thread call the observer.</summary>
    /// <returns>What is left to do outside the lock.</returns>
    protected abstract Action? Wake();

    /// <summary>Keeps what was accepted before the end apart from what comes after it. Under the lock.</summary>
    protected virtual void KeepUntilEnd()
    {
    }

    protected sealed override void Leave()
    {
        Interlocked.Or(ref _flags, Left);
        Volatile.Write(ref _observer, NoObserver.Instance);
        RemoveFromNode();
        Core.Release(Node);
    }

    private void DeliverNewer(in PropertyChange first, in PropertyChange next, long asOf, long delivered)
    {
        if (IsNew)
        {
            if (asOf != Nothing)
            {
                Interlocked.And(ref _flags, ~New);
                _last = first;

                // What was published after the observer joined is new, although it is the first element.
                _observer.OnNext(first.Revision.Value > _joinedAt ? first : first.AsCurrent());
            }
        }
        else if (asOf > delivered && (!_interest.IsFiltered || _interest.Wants(next, _last)))
        {
            _last = next;
            _observer.OnNext(next);
        }
    }

    /// <summary>Stands in for an observer that was removed.</summary>
    private sealed class NoObserver : IObserver<PropertyChange>
    {
        public static NoObserver Instance { get; } = new();

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(PropertyChange value)
        {
        }
    }
}
