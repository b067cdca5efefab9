namespace Conn.PubSub.Observables;

/// <summary>Invariant: scheduled or running at most once; a change during its run makes it look again.</summary>
internal sealed class Turn : IThreadPoolWorkItem
{
    private const int RoundsPerTurn = 64;
    private const int Idle = 0;
    private const int Scheduled = 1;
    private const int Running = 2;
    private const int RunningAndChanged = 3;

    private readonly Dispatcher _dispatcher;
    private int _state;

    public Turn(ITurnTaker taker, Dispatcher dispatcher)
    {
        Taker = taker;
        _dispatcher = dispatcher;
        Place = new LinkedListNode<Turn>(this);
    }

    public ITurnTaker Taker { get; }

    /// <summary>Its place in the fan-out it belongs to, which is found again without a search. Guarded by the store's gate.</summary>
    public LinkedListNode<Turn> Place { get; }

    /// <summary>While false, a round that begins later sees all that was written, with a fence, before this was read.</summary>
    public bool IsRunning => Volatile.Read(ref _state) is Running or RunningAndChanged;

    /// <summary>Notes that there may be news. True when the caller has to schedule or execute this.</summary>
    public bool Wake()
    {
        while (true)
        {
            switch (Volatile.Read(ref _state))
            {
                case Idle when Interlocked.CompareExchange(ref _state, Scheduled, Idle) == Idle:
                    return true;
                case Scheduled or RunningAndChanged:
                    return false;
                case Running when Interlocked.CompareExchange(ref _state, RunningAndChanged, Running) == Running:
                    return false;
            }
        }
    }

    public void Schedule()
    {
        if (!_dispatcher.Post(this))
        {
            // Refused and reported; the next change tries again.
            Volatile.Write(ref _state, Idle);
        }
    }

    public void Execute()
    {
        for (int round = 0; round < RoundsPerTurn; round++)
        {
            Interlocked.Exchange(ref _state, Running);
            if (!Taker.Round() && Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
            {
                return;
            }
        }

        // Others want their turn of the scheduler too.
        Interlocked.Exchange(ref _state, Scheduled);
        Schedule();
    }
}
