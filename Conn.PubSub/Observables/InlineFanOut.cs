using System.Runtime.CompilerServices;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: at most one thread at a time holds the role and tells; who changes something while it is held leaves a note, and either the
/// holder picks it up or who left it does. So publishing from an observer does not recurse. The array is replaced, never changed.
/// </summary>
/// <remarks>
/// The role is taken under the gate and given back by a plain write: who leaves a note pays for the fence, not who publishes alone. It
/// waits a moment for the holder to pick the note up or to be done, else makes every thread's writes visible by a process-wide barrier:
/// a holder that had not given the role back by then reads the note when it does. Where publishers have met, the role is given back with
/// a fence for the next so many turns: then leaving a note is one interlocked operation, and nobody waits.
/// </remarks>
internal sealed partial class InlineFanOut
{
    private const int RoundsPerTurn = 64;
    private const int SpinsForHolder = 20;
    private const int FencedTurns = 1024;

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

    // How many more turns are given back with a fence. Guarded by the gate.
    private int _fencedTurns;

    // Whether the present one is. Written under the gate by who takes the role, so that it holds for a whole turn.
    private bool _fenced;

    public bool IsEmpty => _audience.IsEmpty;

    /// <summary>True when nobody tells who was not in the audience, or only this thread does. Under the gate.</summary>
    public bool IsQuiet => (Volatile.Read(ref _turn) & 1) == 0 || _holder == Environment.CurrentManagedThreadId;

    /// <summary>Under the gate.</summary>
    public Audience Audience => _audience;

    public Stamp Told => new(Math.Max(0, Volatile.Read(ref _place.Told)));

    /// <summary>Under the gate.</summary>
    public void Add(InlineObservation observation)
    {
        _place = _place == TellingPlace.Nowhere ? new TellingPlace() : _place;
        _audience = _audience.With(observation);
    }

    /// <summary>Under the gate.</summary>
    public void Remove(InlineObservation observation)
    {
        if ((Volatile.Read(ref _turn) & 1) == 0)
        {
            // Nobody uses it, and it would keep who left alive.
            _telling = Audience.Nobody;
        }
        else
        {
            _telling.Silence(observation);
        }

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
        if ((turn & 1) != 0 && LeaveNote(turn, thread, out noted))
        {
            return null;
        }

        Take(thread);
        return Tellable();
    }

    /// <summary>Does what taking the role decided. Outside the gate.</summary>
    public void Deliver(PropertyStore store, PropertyNode node, in Announcement announcement, in PropertyChange change, long asOf)
    {
        if (announcement.Inline is { } audience)
        {
            int thread = Environment.CurrentManagedThreadId;
            TellAll(store, audience, in change, in change, asOf, thread);
            Finish(store, node, thread);
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
        Finish(store, node, thread);
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
                LookAgain(store, node, Environment.CurrentManagedThreadId);
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
            LookAgain(store, node, Environment.CurrentManagedThreadId);
        }
    }

    /// <summary>Under the gate, while the role is free or carried to this thread.</summary>
    private void Take(int thread)
    {
        if (_fencedTurns != 0)
        {
            _fenced = --_fencedTurns != 0;
        }

        Volatile.Write(ref _turn, _turn + 1);
        _holder = thread;
    }

    /// <summary>Whom the holder tells from here on. Under the gate.</summary>
    private Audience Tellable()
    {
        Audience audience = _audience;
        if (_telling != audience)
        {
            // A reference costs more to write than to compare.
            _telling = audience;
        }

        return audience;
    }

    /// <summary>False when the role was given back meanwhile, and is this thread's to take. Under the gate.</summary>
    private bool LeaveNote(int turn, int thread, out int noted)
    {
        noted = 0;
        if (_holder == thread)
        {
            // The holder's own note is seen by it in any case.
            Volatile.Write(ref _changed, 1);
            return true;
        }

        _fencedTurns = FencedTurns;
        if (!_fenced)
        {
            Volatile.Write(ref _changed, 1);
            noted = turn;
            return true;
        }

        // A fence here and one where the role is given back: either the holder sees the note after that, or it is seen here that it has.
        int before = Interlocked.Exchange(ref _changed, 1);
        if (Volatile.Read(ref _turn) == turn)
        {
            return true;
        }

        // Nobody can take it before this thread does, which tells what it came to tell; an earlier note stands.
        Volatile.Write(ref _changed, before);
        return false;
    }

    /// <summary>False when a note was left that nobody may have picked up.</summary>
    private bool GiveBack()
    {
        if (_fenced)
        {
            Interlocked.Exchange(ref _turn, _turn + 1);
        }
        else
        {
            Volatile.Write(ref _turn, _turn + 1);
        }

        return Volatile.Read(ref _changed) == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(PropertyStore store, PropertyNode node, int thread)
    {
        if (!GiveBack())
        {
            LookAgain(store, node, thread);
        }
    }

    private void LookAgain(PropertyStore store, PropertyNode node, int thread)
    {
        if (TryTakeAgain(store, node, thread, out Present present))
        {
            Drain(store, node, present);
        }
    }

    private bool TryTakeAgain(PropertyStore store, PropertyNode node, int thread, out Present present)
    {
        using (store.Gate.Take())
        {
            // Taken by somebody since: that was after the note, and so was what they tell; and the note still stands.
            if ((Volatile.Read(ref _turn) & 1) != 0 || _changed == 0)
            {
                present = default;
                return false;
            }

            Take(thread);
            present = Look(node);
            return true;
        }
    }
}
