using System.Runtime.CompilerServices;

namespace Conn.PubSub.Observables;

/// <remarks>Telling, by who holds the role, and the barrier against it for those who are called directly.</remarks>
internal sealed partial class InlineFanOut
{
    // Guarded by itself: how many wait until a call is over; read by the holder without it.
    private readonly object _waiters = new();

    // Made with the first observer.
    private TellingPlace _place = TellingPlace.Nowhere;

    /// <summary>Waits until a call of an observer that left, by another thread, is over. Outside the gate, after a process-wide barrier.</summary>
    public void AwaitTelling(InlineObservation observation)
    {
        if (!IsTelling(observation))
        {
            return;
        }

        lock (_waiters)
        {
            _place.Awaited++;
            Interlocked.MemoryBarrierProcessWide();
            while (IsTelling(observation))
            {
                Monitor.Wait(_waiters);
            }

            _place.Awaited--;
        }
    }

    /// <summary>May be wrong for a moment when the holder goes on, then says true; each step of the holder wakes who waits.</summary>
    private bool IsTelling(InlineObservation observation)
    {
        int place = Volatile.Read(ref _telling).PlaceOf(observation);
        return place >= 0 && place == Volatile.Read(ref _place.At) && (Volatile.Read(ref _turn) & 1) != 0
            && Volatile.Read(ref _holder) != Environment.CurrentManagedThreadId;
    }

    /// <summary>Who throws is reported, and the next one is told.</summary>
    private void TellAll(PropertyStore store, Audience audience, in PropertyChange first, in PropertyChange next, long asOf, int thread)
    {
        TellingPlace place = _place;
        if (asOf > place.Told)
        {
            place.Told = asOf;
            Volatile.Write(ref place.At, 0);
            while (place.At < audience.Direct.Length)
            {
                try
                {
                    TellRest(audience.Direct, place, in next);
                }
#pragma warning disable CA1031 // An observer's exception hurts nobody else; it is reported and counted.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    store.Report(exception);
                    GoOn(place, place.At + 1);
                }
            }

            place.Leave();
        }

        foreach (InlineObservation observation in audience.Others)
        {
            try
            {
                observation.Tell(in first, in next, asOf, thread);
            }
#pragma warning disable CA1031 // As above.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                observation.Failed(exception);
            }
        }
    }

    // Apart from the guarded region, in which nothing is kept in registers. The place is written before it is read who is there: who
    // leaves writes silence there, then a process-wide barrier, then reads the place.
    private void TellRest(IObserver<PropertyChange>[] observers, TellingPlace place, in PropertyChange change)
    {
        for (int i = place.At; i < observers.Length;)
        {
            Volatile.Read(ref observers[i]).OnNext(change);
            GoOn(place, ++i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void GoOn(TellingPlace place, int next)
    {
        Volatile.Write(ref place.At, next);
        if (Volatile.Read(ref place.Awaited) != 0)
        {
            WakeWaiters();
        }
    }

    private void WakeWaiters()
    {
        lock (_waiters)
        {
            Monitor.PulseAll(_waiters);
        }
    }

    /// <summary>Picks up what was noted and what is current. Under the gate, holding the role.</summary>
    public Present Look(PropertyNode node)
    {
        // Notes are left under the gate: one that comes later is a note of something newer.
        Volatile.Write(ref _changed, 0);
        return new Present(Tellable(), node.Current(), node.Last(), node.LastStamp);
    }

    /// <summary>Goes on with a role that is held and was carried here, or that is to tell whatever there is.</summary>
    public void Resume(PropertyStore store, PropertyNode node)
    {
        Volatile.Write(ref _holder, Environment.CurrentManagedThreadId);
        Present present;
        using (store.Gate.Take())
        {
            present = Look(node);
        }

        Drain(store, node, present);
    }

    /// <summary>Tells the present state to who has not seen it, until nothing is left; holds the role. Outside the gate.</summary>
    public void Drain(PropertyStore store, PropertyNode node, in Present look)
    {
        if (IsTooDeep)
        {
            Carry(store, node);
            return;
        }

        int thread = Environment.CurrentManagedThreadId;
        Present present = look;
        for (int round = 1; ; round++)
        {
            _depth++;
            TellAll(store, present.Audience, in present.Current, in present.Last, present.AsOf, thread);
            _depth--;
            if (Array.Exists(present.Audience.Others, static o => o.IsPlain))
            {
                // All were told the same by now, so that who heard its first element may be called directly from here on.
                using (store.Gate.Take())
                {
                    Sort();
                }
            }

            if (GiveBack() || !TryTakeAgain(store, node, thread, out present))
            {
                return;
            }

            // Observers that publish for ever must not hold this publisher for ever: the role moves to the scheduler.
            if (round % RoundsPerTurn == 0)
            {
                Carry(store, node);
                return;
            }
        }
    }

    /// <summary>Hands the held role to the scheduler, or to the pool when that refuses, which is reported.</summary>
    private void Carry(PropertyStore store, PropertyNode node)
    {
        Volatile.Write(ref _holder, 0);
        store.DefaultDispatcher.PostSurely(new InlineContinuation(store, node));
    }
}
