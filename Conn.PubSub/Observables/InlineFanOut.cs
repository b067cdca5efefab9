using System.Runtime.CompilerServices;

namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: at most one thread at a time holds the role and tells; who changes something while it is held leaves a note, and either the
/// holder picks it up or who left it does. So publishing a property from its own observer does not recurse, and from property to property
/// only so deep: what is deeper goes on from the scheduler. The array is replaced, never changed.
/// </summary>
/// <remarks>
/// The role is taken under the gate and given back by a plain write: who leaves a note pays for the fence, not who publishes alone. It
/// waits a moment for the holder to pick the note up or to be done, else makes every thread's writes visible by a process-wide barrier:
/// a holder that had not given the role back by then reads the note when it does. Where publishers have met, the role is given back with
/// a fence for the next so many turns: then leaving a note is one interlocked operation, and nobody waits. Where a note stands already,
/// whoever left it looks after it, or the holder sees it in any case; so a long turn costs the other publishers one barrier.
/// </remarks>
internal sealed partial class InlineFanOut
{
    private const int RoundsPerTurn = 64;
    private const int DeepestTelling = 64;

    // How many calls of inline observers, of whatever property, this thread is in.
    [ThreadStatic]
    private static int _depth;

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

    /// <summary>True when this thread should not go deeper, from an observer to the next property's observers.</summary>
    public static bool IsTooDeep => _depth >= DeepestTelling;

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

        if (ended)
        {
            // Sorted by who next holds the role, which alone knows up to where those called directly were told.
            _audience = _audience.Ending();
        }

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
            if (asOf == Observation.Nothing)
            {
                // An end: what was accepted before it is told first.
                Resume(store, node);
                return;
            }

            // Found once: a thread's own field costs more to find than to write.
            ref int depth = ref _depth;
            if (depth >= DeepestTelling)
            {
                Carry(store, node);
                return;
            }

            int thread = Environment.CurrentManagedThreadId;
            depth++;
            TellAll(store, audience, in change, in change, asOf, thread);
            depth--;
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
        ref int depth = ref _depth;
        if (depth >= DeepestTelling)
        {
            Carry(store, node);
            return;
        }

        depth++;
        var change = PropertyChange.OfInt(value, stamp, writer);
        TellAll(store, audience, in change, in change, stamp, thread);
        depth--;
        Finish(store, node, thread);
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
            if (audience.HasEnded)
            {
                Sort();
                audience = _audience;
            }

            // A reference costs more to write than to compare.
            _telling = audience;
        }

        return audience;
    }

    /// <summary>Puts each observer where it belongs now. Under the gate, holding the role, between two tellings.</summary>
    private void Sort() => _audience = _audience.Sorted(_place.Told);

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
}
