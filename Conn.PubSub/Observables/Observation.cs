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

    // The name's last stamp, and who wrote it, when the stream ended: up to there it is told. Written under the gate before the flag.
    private long _endStamp = Nothing;
    private int _endWriter;

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

        // A definition that was there before the observer refuses all of it; another one, what comes after it.
        if (ending == Ending.Completed || Node.Definition is null)
        {
            _endStamp = Node.LastStamp;
            _endWriter = Node.LastWriter;
            KeepPending(ending);
        }

        Raise(ending == Ending.Denied ? Denied : Completed);
        return true;
    }

    /// <summary>Was told up to there, past this object. By who holds the role.</summary>
    public void CatchUp(long told) => _told = Math.Max(_told, told);

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

    /// <summary>Keeps what is accepted and not told yet from what comes after the end. Under the gate.</summary>
    protected virtual void KeepPending(Ending ending)
    {
    }

    /// <summary>Tells the end, if there is one, to who has been told everything before it; as <see cref="Tell"/>.</summary>
    protected void TellEndOnly(int thread)
    {
        EnterTelling(thread);
        if (Has(Denied | Completed) && !Has(Disposed))
        {
            TellEnd(Has(Denied));
        }

        LeaveTelling();
    }

    private void TellSpecially(in PropertyChange first, in PropertyChange next, long asOf)
    {
        int flags = Flags;
        if ((flags & Disposed) != 0)
        {
            return;
        }

        if ((flags & (Denied | Completed)) == 0 || asOf < _endStamp)
        {
            TellNewer(flags, first, next, asOf);
            return;
        }

        // What was accepted before the end comes first, and nothing that came after it.
        try
        {
            if ((flags & Completed) != 0 || (asOf == _endStamp && (flags & New) == 0))
            {
                TellNewer(flags, first, next, asOf);
            }
            else
            {
                TellNewer(flags, PropertyChange.Undefined(), PropertyChange.Deleted(_endStamp, _endWriter), _endStamp);
            }
        }
#pragma warning disable CA1031 // An observer that throws is told its end all the same; it is reported and counted.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Store.Report(exception);
        }

        TellEnd((flags & Denied) != 0);
    }

    private void TellNewer(int flags, in PropertyChange first, in PropertyChange next, long asOf)
    {
        if (asOf > _told)
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
