namespace Conn.PubSub.Observables;

/// <summary>
/// Invariant: at most one thread at a time holds the role and tells; a change while it is held makes the holder tell again, so
/// publishing from an observer does not recurse. The array is replaced, never changed, under the store's gate.
/// </summary>
internal sealed class InlineFanOut
{
    private const int RoundsPerTurn = 64;
    private const int Idle = 0;
    private const int Held = 1;
    private const int HeldAndChanged = 2;

    private InlineObservation[] _observations = [];

    // Idle to Held under the gate only; everything else by interlocked operations.
    private int _role;

    public bool IsEmpty => _observations.Length == 0;

    /// <summary>Under the gate.</summary>
    public void Add(InlineObservation observation) => _observations = [.. _observations, observation];

    /// <summary>Under the gate.</summary>
    public void Remove(InlineObservation observation) => _observations = Array.FindAll(_observations, o => o != observation);

    /// <summary>Under the gate. True when somebody is to be told of its end.</summary>
    public bool End(Ending ending, Definition? definition)
    {
        bool ended = false;
        foreach (InlineObservation observation in _observations)
        {
            ended |= observation.End(ending, definition);
        }

        return ended;
    }

    /// <summary>Takes the role, or leaves a note to who holds it. Under the gate. Whom to tell, or null when it is not ours to do.</summary>
    public InlineObservation[]? TakeRole()
    {
        if (_observations.Length == 0)
        {
            return null;
        }

        if (_role == Idle || Interlocked.CompareExchange(ref _role, HeldAndChanged, Held) == Idle)
        {
            _role = Held;
            return _observations;
        }

        return null;
    }

    /// <summary>Tells everybody until nothing is left to tell; holds the role when called with observations. Outside the gate.</summary>
    public void Drain(PropertyStore store, PropertyNode node, InlineObservation[]? observations, in PropertyChange change, long asOf)
    {
        if (observations is null)
        {
            return;
        }

        TellAll(observations, in change, in change, asOf);
        if (Interlocked.CompareExchange(ref _role, Idle, Held) != Held)
        {
            DrainAll(store, node);
        }
    }

    /// <summary>Tells the present state to who has not seen it, until nothing is left; holds the role. Outside the gate.</summary>
    public void DrainAll(PropertyStore store, PropertyNode node)
    {
        int round = 0;
        do
        {
            // Observers that publish for ever must not hold this publisher for ever: the role moves to the scheduler.
            if (round++ == RoundsPerTurn && store.DefaultDispatcher.Post(new InlineContinuation(store, node)))
            {
                return;
            }

            Interlocked.Exchange(ref _role, Held);
            TellPresent(store, node);
        }
        while (Interlocked.CompareExchange(ref _role, Idle, Held) != Held);
    }

    /// <summary>One guarded region for all: who throws is reported, and the next one is told.</summary>
    private static void TellAll(InlineObservation[] observations, in PropertyChange first, in PropertyChange next, long asOf)
    {
        int thread = Environment.CurrentManagedThreadId;
        int i = 0;
        while (i < observations.Length)
        {
            try
            {
                for (; i < observations.Length; i++)
                {
                    InlineObservation observation = observations[i];
                    observation.Tell(in observation.IsNew ? ref first : ref next, asOf, thread);
                }
            }
#pragma warning disable CA1031 // An observer's exception hurts nobody else; it is reported and counted.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                observations[i++].Failed(exception);
            }
        }
    }

    private void TellPresent(PropertyStore store, PropertyNode node)
    {
        InlineObservation[] observations;
        PropertyChange current;
        PropertyChange last;
        long asOf;
        lock (store.Gate)
        {
            observations = _observations;
            if (observations.Length == 0)
            {
                return;
            }

            current = node.Current();
            last = node.Last();
            asOf = node.LastStamp;
        }

        TellAll(observations, current, last, asOf);
    }
}
