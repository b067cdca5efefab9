using System.Runtime.CompilerServices;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: one observer of one property. Told by one thread at a time (whoever holds the role), stamps strictly rising, nothing
/// after its end or its disposal.
/// </summary>
internal abstract class Observation : Telling
{
    /// <summary>Older than everything: nothing was told, or there is nothing to tell.</summary>
    public const long Nothing = -1;

    private readonly IObserver<PropertyChange> _observer;
    private readonly Interest _interest;

    // Touched only by who holds the role.
    private long _told = Nothing;
    private PropertyChange _lastSpoken;

    protected Observation(PropertyStore store, PropertyNode node, Interest interest, IObserver<PropertyChange> observer)
        : base(store)
    {
        Node = node;
        _interest = interest;
        _observer = observer;
        if (interest.IsFiltered)
        {
            Raise(Filtered);
        }
    }

    public IObserver<PropertyChange> Observer => _observer;

    protected PropertyNode Node { get; }

    /// <summary>True until the first element was told; asked by who holds the role.</summary>
    protected bool IsNew => Has(New);

    /// <summary>Ends the stream, if it concerns this identity; told by who next holds the role. Under the gate.</summary>
    public bool End(Ending ending, Definition? definition)
    {
        if (Has(Denied | Completed) || (definition is not null && definition.MayRead(_interest.Access.Identity)))
        {
            return false;
        }

        Raise(ending == Ending.Denied ? Denied : Completed);
        return true;
    }

    /// <summary>For a list of who is there.</summary>
    public abstract SubscriptionInfo Describe();

    protected SubscriptionInfo Describe(SubscriptionKind kind, long dropped) =>
        new(kind, Node.Name, null, _interest.Access.Identity.SecureId, new Stamp(Math.Max(0, Volatile.Read(ref _told))), dropped);

    /// <summary>
    /// Tells one element, or the end, holding the role. <paramref name="asOf"/> is the name's last stamp when the element was made, so
    /// that what happened before a first element is never told after it; what is not newer than the last told is passed over.
    /// When the observer throws, the caller has to call <see cref="Telling.Failed"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Tell(in PropertyChange first, in PropertyChange next, long asOf, int thread)
    {
        EnterTelling(thread);
        if (Flags != 0)
        {
            TellSpecially(first, next, asOf);
        }
        else if (asOf > _told)
        {
            _told = asOf;
            _observer.OnNext(next);
        }

        LeaveTelling();
    }

    protected override void Remove()
    {
        RemoveFromNode();
        Store.Release(Node);
    }

    /// <summary>Under the gate, once.</summary>
    protected abstract void RemoveFromNode();

    private void TellSpecially(in PropertyChange first, in PropertyChange next, long asOf)
    {
        int flags = Flags;
        if ((flags & Disposed) != 0)
        {
            return;
        }

        if ((flags & (Denied | Completed)) != 0)
        {
            TellEnd((flags & Denied) != 0);
        }
        else if (asOf > _told)
        {
            bool isFirst = (flags & New) != 0;
            PropertyChange change = isFirst ? first.AsCurrent() : next;
            _told = asOf;
            if (isFirst)
            {
                Lower(New);
            }
            else if ((flags & Filtered) != 0 && !_interest.Wants(change, _lastSpoken))
            {
                return;
            }

            if ((flags & Filtered) != 0)
            {
                _lastSpoken = change;
            }

            _observer.OnNext(change);
        }
    }

    private void TellEnd(bool denied)
    {
        // Left first: an observer that disposes in its end finds it done.
        if (!Leave())
        {
            return;
        }

        if (denied)
        {
            _observer.OnError(new ConnException(
                ErrorCode.PermissionDenied, $"Observing {Node.Name} is refused by its read policy: an identity that passes it is needed."));
        }
        else
        {
            _observer.OnCompleted();
        }
    }
}
