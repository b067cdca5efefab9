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

    // Touched only by who holds the role.
    private long _told = Nothing;
    private PropertyChange _lastField;

    // The barrier. Who tells writes _teller, then reads _disposed; who disposes writes _disposed, then a process-wide barrier, then
    // reads _teller. So telling needs no fence.
    private int _teller;
    private bool _disposed;
    private ManualResetEventSlim? _waiter;

    private int _ending;

    protected PropertyStore Store => store;

    protected PropertyNode Node => node;

    /// <summary>True until the first element was told; asked by who holds the role.</summary>
    public bool IsNew => _told == Nothing;

    public bool IsEnded => Volatile.Read(ref _ending) != 0;

    /// <summary>Ends the stream, if it concerns this identity; told by who next holds the role. Under the gate.</summary>
    public bool End(Ending ending, Definition? definition)
    {
        if (IsEnded || (definition is not null && definition.MayRead(identity)))
        {
            return false;
        }

        Volatile.Write(ref _ending, (int)ending);
        return true;
    }

    /// <summary>
    /// Tells one element, or the end, holding the role. <paramref name="asOf"/> is the name's last stamp when the element was made, so
    /// that what happened before a first element is never told after it; what is not newer than the last told is passed over.
    /// </summary>
    public void Tell(in PropertyChange change, long asOf)
    {
        Volatile.Write(ref _teller, Environment.CurrentManagedThreadId);
        if (!Volatile.Read(ref _disposed))
        {
            try
            {
                if (IsEnded)
                {
                    TellEnd();
                }
                else if (asOf > _told)
                {
                    bool speaks = !field || Speaks(change);
                    _told = asOf;
                    if (speaks)
                    {
                        observer.OnNext(change);
                    }
                }
            }
#pragma warning disable CA1031 // An observer's exception hurts nobody else; it is reported and counted.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                store.Report(exception);
            }
        }

        Volatile.Write(ref _teller, 0);
        Volatile.Read(ref _waiter)?.Set();
    }

    public void Dispose()
    {
        Leave();
        AwaitTeller();
    }

    /// <summary>Takes the observation out of its property. Under the gate, once.</summary>
    protected abstract void Remove();

    private bool Leave()
    {
        lock (store.Gate)
        {
            if (_disposed)
            {
                return false;
            }

            Volatile.Write(ref _disposed, true);
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
        Interlocked.MemoryBarrierProcessWide();

        // Nothing new is told once disposed, so this can only be the call that was under way.
        if (Volatile.Read(ref _teller) != 0)
        {
            waiter.Wait();
        }
    }

    private void TellEnd()
    {
        // Left first: an observer that disposes in its end finds it done.
        if (!Leave())
        {
            return;
        }

        if (Volatile.Read(ref _ending) == (int)Ending.Denied)
        {
            observer.OnError(new ConnException(
                ErrorCode.PermissionDenied, $"Observing {node.Name} is refused by its read policy: an identity that passes it is needed."));
        }
        else
        {
            observer.OnCompleted();
        }
    }

    private bool Speaks(in PropertyChange change)
    {
        bool speaks = _told == Nothing || change.Kind != _lastField.Kind || change.Type != _lastField.Type
            || change.Type != PropertyType.Int || ((uint)(change.Value ^ _lastField.Value) & mask) != 0;
        _lastField = change;
        return speaks;
    }
}
