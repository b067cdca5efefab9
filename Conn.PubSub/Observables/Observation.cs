using System.Runtime.CompilerServices;
using Conn.PubSub.Security;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: one observer of one property. Told by one thread at a time (whoever holds the role), stamps strictly rising, nothing
/// after its end or its disposal.
/// </summary>
internal abstract class Observation(PropertyStore store, PropertyNode node, ClientIdentity identity, IObserver<PropertyChange> observer, uint mask, bool field)
    : IDisposable
{
    /// <summary>Older than everything: nothing was told, or there is nothing to tell.</summary>
    public const long Nothing = -1;

    private const int Filtered = 1;
    private const int Disposed = 2;
    private const int Denied = 4;
    private const int Completed = 8;
    private const int Awaited = 16;

    private readonly IObserver<PropertyChange> _observer = observer;

    // Touched only by who holds the role.
    private long _told = Nothing;
    private PropertyChange _lastField;

    // The barrier. Who tells writes _teller, then reads _flags; who disposes writes _flags, then a process-wide barrier, then reads
    // _teller. So telling needs no fence. No flag is the common case, found by one read.
    private int _teller;
    private int _flags = field ? Filtered : 0;
    private ManualResetEventSlim? _waiter;

    protected PropertyStore Store => store;

    protected PropertyNode Node => node;

    /// <summary>True until the first element was told; asked by who holds the role.</summary>
    public bool IsNew => _told == Nothing;

    /// <summary>Ends the stream, if it concerns this identity; told by who next holds the role. Under the gate.</summary>
    public bool End(Ending ending, Definition? definition)
    {
        if (Has(Denied | Completed) || (definition is not null && definition.MayRead(identity)))
        {
            return false;
        }

        Interlocked.Or(ref _flags, ending == Ending.Denied ? Denied : Completed);
        return true;
    }

    /// <summary>
    /// Tells one element, or the end, holding the role. <paramref name="asOf"/> is the name's last stamp when the element was made, so
    /// that what happened before a first element is never told after it; what is not newer than the last told is passed over.
    /// When the observer throws, the caller has to call <see cref="Failed"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Tell(in PropertyChange change, long asOf, int thread)
    {
        Volatile.Write(ref _teller, thread);
        if (Volatile.Read(ref _flags) != 0)
        {
            TellSpecially(change, asOf);
        }
        else if (asOf > _told)
        {
            _told = asOf;
            _observer.OnNext(change);
        }

        Volatile.Write(ref _teller, 0);
        if (Volatile.Read(ref _flags) != 0)
        {
            WakeDisposer();
        }
    }

    /// <summary>Ends a call in which the observer threw: nobody else is hurt, it is reported and counted.</summary>
    public void Failed(Exception exception)
    {
        store.Report(exception);
        Volatile.Write(ref _teller, 0);
        WakeDisposer();
    }

    public void Dispose()
    {
        Leave();
        AwaitTeller();
    }

    /// <summary>Takes the observation out of its property. Under the gate, once.</summary>
    protected abstract void Remove();

    private bool Has(int flags) => (Volatile.Read(ref _flags) & flags) != 0;

    private bool Leave()
    {
        lock (store.Gate)
        {
            if ((Interlocked.Or(ref _flags, Disposed) & Disposed) != 0)
            {
                return false;
            }

            Remove();
            store.Release(node);
            return true;
        }
    }

    private void AwaitTeller()
    {
        Interlocked.MemoryBarrierProcessWide();
        int teller = Volatile.Read(ref _teller);
        if (teller == 0 || teller == Environment.CurrentManagedThreadId)
        {
            return;
        }

        ManualResetEventSlim waiter = Volatile.Read(ref _waiter)
            ?? Interlocked.CompareExchange(ref _waiter, new ManualResetEventSlim(), null) ?? _waiter!;
        Interlocked.Or(ref _flags, Awaited);
        Interlocked.MemoryBarrierProcessWide();

        // Nothing new is told once disposed, so this can only be the call that was under way.
        if (Volatile.Read(ref _teller) != 0)
        {
            waiter.Wait();
        }
    }

    private void WakeDisposer()
    {
        if (Has(Awaited))
        {
            _waiter!.Set();
        }
    }

    private void TellSpecially(in PropertyChange change, long asOf)
    {
        int flags = Volatile.Read(ref _flags);
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
            bool speaks = (flags & Filtered) == 0 || Speaks(change);
            _told = asOf;
            if (speaks)
            {
                _observer.OnNext(change);
            }
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
                ErrorCode.PermissionDenied, $"Observing {node.Name} is refused by its read policy: an identity that passes it is needed."));
        }
        else
        {
            _observer.OnCompleted();
        }
    }

    private bool Speaks(in PropertyChange change)
    {
        bool speaks = IsNew || change.Kind != _lastField.Kind || change.Type != _lastField.Type
            || change.Type != PropertyType.Int || ((uint)(change.Value ^ _lastField.Value) & mask) != 0;
        _lastField = change;
        return speaks;
    }
}
