using System.Runtime.CompilerServices;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: at most one thread at a time holds the role and tells; who changes something while it is held leaves a note, and either the
/// holder picks it up or who left it does. So publishing from an observer does not recurse. The array is replaced, never changed.
/// </summary>
/// <remarks>
/// The role is taken under the gate and given back by a plain write: who leaves a note pays for the fence, not who publishes alone. It
/// waits a moment for the holder to pick the note up or to be done, else makes every thread's writes visible by a process-wide barrier:
/// a holder that had not given the role back by then reads the note when it does.
/// </remarks>
internal sealed partial class InlineFanOut
{
    private const int RoundsPerTurn = 64;
    private const int SpinsForHolder = 20;

    // Replaced under the gate.
    private Audience _audience = Audience.Nobody;

    // Whom the present, or last, holder tells. Written under the gate by who takes the role.
    private Audience _telling = Audience.Nobody;

    // Odd while held. Made odd under the gate, even by the holder. Compared only with a recent value, so it may wrap.
    private int _turn;

    // Who holds the role; 0 while it is on its way to the scheduler. Written by the holder or under the gate.
    private int _holder;

    // The note. Set under the gate, cleared by the holder before it looks at the present state.
    private int _changed;

    public bool IsEmpty => _audience.IsEmpty;

    /// <summary>Under the gate.</summary>
    public Audience Audience => _audience;

    public Stamp Told => new(Math.Max(0, Volatile.Read(ref _told)));

    /// <summary>Under the gate.</summary>
    public void Add(InlineObservation observation) => _audience = _audience.With(observation);

    /// <summary>Under the gate.</summary>
    public void Remove(InlineObservation observation)
    {
        _telling.Silence(observation);
        _audience = _audience.Without(observation);
    }

    /// <summary>Under the gate. True when somebody is to be told of its end.</summary>
    public bool End(Ending ending, Definition? definition)
    {
        bool ended = false;
        foreach (InlineObservation observation in _audience.All)
        {
            ended |= observation.End(ending, definition);
        }

        _audience = _audience.Sorted();
        return ended;
    }

    /// <summary>Takes the role, or leaves a note to who holds it. Under the gate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TakeRole(ref Announcement announcement)
    {
        if (!_audience.IsEmpty)
        {
            announcement.Inline = TakeRole(Environment.CurrentManagedThreadId, out announcement.Noted);
        }
    }

    /// <summary>As the other; there is somebody to tell.</summary>
    public Audience? TakeRole(int thread, out int noted)
    {
        int turn = Volatile.Read(ref _turn);
        noted = 0;
        if ((turn & 1) == 0)
        {
            Volatile.Write(ref _turn, turn + 1);
            _holder = thread;
            Audience audience = _audience;
            if (_telling != audience)
            {
                // A reference costs more to write than to compare.
                _telling = audience;
            }

            return audience;
        }

        Volatile.Write(ref _changed, 1);

        // The holder's own note is seen by it in any case.
        noted = _holder == thread ? 0 : turn;
        return null;
    }

    /// <summary>Does what taking the role decided. Outside the gate.</summary>
    public void Deliver(PropertyStore store, PropertyNode node, in Announcement announcement, in PropertyChange change, long asOf)
    {
        if (announcement.Inline is { } audience)
        {
            TellAll(store, audience, in change, in change, asOf, Environment.CurrentManagedThreadId);
            if (!GiveBack())
            {
                LookAgain(store, node);
            }
        }
        else
        {
            AwaitHolder(store, node, announcement.Noted);
        }
    }

    /// <summary>Tells an integer, holding the role. Outside the gate.</summary>
    public void DeliverInt(PropertyStore store, PropertyNode node, Audience audience, int value, long stamp, int writer, int thread)
    {
        var change = PropertyChange.OfInt(value, stamp, writer);
        TellAll(store, audience, in change, in change, stamp, thread);
        if (!GiveBack())
        {
            LookAgain(store, node);
        }
    }

    /// <summary>Tells the present state to who has not seen it, until nothing is left; holds the role. Outside the gate.</summary>
    public void DrainAll(PropertyStore store, PropertyNode node)
    {
        Volatile.Write(ref _holder, Environment.CurrentManagedThreadId);
        int round = 0;
        do
        {
            // Observers that publish for ever must not hold this publisher for ever: the role moves to the scheduler.
            if (round++ == RoundsPerTurn)
            {
                Volatile.Write(ref _holder, 0);
                if (store.DefaultDispatcher.Post(new InlineContinuation(store, node)))
                {
                    return;
                }

                Volatile.Write(ref _holder, Environment.CurrentManagedThreadId);
            }

            // Cleared before the gate is entered to look, so that a note that comes later is a note of something newer.
            Volatile.Write(ref _changed, 0);
            TellPresent(store, node);
        }
        while (!GiveBack() && TryTakeAgain(store));
    }

    /// <summary>False when a note was left that nobody may have picked up.</summary>
    private bool GiveBack()
    {
        Volatile.Write(ref _turn, _turn + 1);
        return Volatile.Read(ref _changed) == 0;
    }

    private void LookAgain(PropertyStore store, PropertyNode node)
    {
        if (TryTakeAgain(store))
        {
            DrainAll(store, node);
        }
    }

    private bool TryTakeAgain(PropertyStore store)
    {
        using (store.Gate.Take())
        {
            // Taken by somebody since: that was after the note, and so was what they tell; and the note still stands.
            if ((Volatile.Read(ref _turn) & 1) != 0 || _changed == 0)
            {
                return false;
            }

            Volatile.Write(ref _turn, _turn + 1);
            _holder = Environment.CurrentManagedThreadId;
            return true;
        }
    }

    /// <summary>Makes sure that a note is picked up; 0 stands for none that needs it. Outside the gate.</summary>
    public void AwaitHolder(PropertyStore store, PropertyNode node, int turn)
    {
        if (turn == 0)
        {
            return;
        }

        var spinner = default(SpinWait);
        for (int i = 0; i < SpinsForHolder; i++)
        {
            if (Volatile.Read(ref _turn) != turn)
            {
                LookAgain(store, node);
                return;
            }

            if (Volatile.Read(ref _changed) == 0)
            {
                return;
            }

            spinner.SpinOnce(-1);
        }

        Interlocked.MemoryBarrierProcessWide();
        if (Volatile.Read(ref _turn) != turn)
        {
            LookAgain(store, node);
        }
    }
}
