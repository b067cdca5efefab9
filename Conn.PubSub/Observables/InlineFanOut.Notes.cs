namespace Conn.PubSub.Observables;

/// <remarks>Notes to who holds the role: leaving one, seeing that it is picked up, picking it up.</remarks>
internal sealed partial class InlineFanOut
{
    private const int SpinsForHolder = 20;
    private const int FencedTurns = 1024;

    // How often a note had to be looked after by a process-wide barrier.
    private int _barriers;

    /// <summary>How many process-wide barriers notes have cost so far.</summary>
    public int Barriers => Volatile.Read(ref _barriers);

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

        Interlocked.Increment(ref _barriers);
        Interlocked.MemoryBarrierProcessWide();
        if (Volatile.Read(ref _turn) != turn)
        {
            LookAgain(store, node, Environment.CurrentManagedThreadId);
        }
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
        if (!_fenced && Volatile.Read(ref _changed) != 0)
        {
            // It is taken away under the gate only, by a look that finds this change too. Who left it in this turn looks after it; one
            // that is older the holder has seen under the gate, and its own it sees anyway.
            return true;
        }

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
