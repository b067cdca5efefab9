namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: a barrier between who tells an observer and who disposes. Who tells writes the teller, then reads the flags; who disposes
/// writes the flags, then a process-wide barrier, then reads the teller. So telling needs no fence.
/// </summary>
internal abstract class Telling(PropertyStore store) : IDisposable
{
    /// <summary>Nothing was told yet.</summary>
    protected const int New = 1;

    /// <summary>Not every element is told.</summary>
    protected const int Filtered = 2;

    protected const int Disposed = 4;
    protected const int Denied = 8;
    protected const int Completed = 16;
    private const int Awaited = 32;

    private int _teller;
    private int _flags = New;
    private ManualResetEventSlim? _waiter;

    protected PropertyStore Store => store;

    /// <summary>0 is the common case: told before, every element, nothing else to consider.</summary>
    protected int Flags => Volatile.Read(ref _flags);

    /// <summary>
    /// True when nobody tells it, nor will; asked under the gate, with a fence after the flags were written. Then there is nothing to wait for.
    /// </summary>
    protected abstract bool IsQuiet { get; }

    public void Dispose()
    {
        using (store.Gate.Take())
        {
            LeaveHolding();
            if (IsQuiet)
            {
                return;
            }
        }

        AwaitTeller();
        AwaitElsewhere();
    }

    /// <summary>Ends a call in which the observer threw: nobody else is hurt, it is reported and counted.</summary>
    public void Failed(Exception exception)
    {
        store.Report(exception);
        LeaveTelling();
    }

    protected void EnterTelling(int thread) => Volatile.Write(ref _teller, thread);

    protected void LeaveTelling()
    {
        Volatile.Write(ref _teller, 0);
        if ((Flags & Awaited) != 0)
        {
            _waiter!.Set();
        }
    }

    protected bool Has(int flags) => (Flags & flags) != 0;

    protected void Raise(int flags) => Interlocked.Or(ref _flags, flags);

    protected void Lower(int flags) => Interlocked.And(ref _flags, ~flags);

    /// <summary>Takes it out of the store; false when that was done before.</summary>
    protected bool Leave()
    {
        using (store.Gate.Take())
        {
            return LeaveHolding();
        }
    }

    /// <summary>Under the gate, once.</summary>
    protected abstract void Remove();

    /// <summary>Waits for a call that is made past this object.</summary>
    protected virtual void AwaitElsewhere()
    {
    }

    private bool LeaveHolding()
    {
        if ((Interlocked.Or(ref _flags, Disposed) & Disposed) != 0)
        {
            return false;
        }

        Remove();
        return true;
    }

    private void AwaitTeller()
    {
        if (Volatile.Read(ref _teller) == Environment.CurrentManagedThreadId)
        {
            // Its own call, which it need not wait for.
            return;
        }

        Interlocked.MemoryBarrierProcessWide();
        if (Volatile.Read(ref _teller) == 0)
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
}
