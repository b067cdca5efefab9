using Conn.PubSub.Security;

namespace Conn.PubSub.Observables;

/// <summary>Invariant: scheduled or running at most once; a change during its run makes it look again. It reads the newest state when it runs, so it holds no queue.</summary>
internal sealed class QueuedObservation(
    PropertyStore store, PropertyNode node, ClientIdentity identity, IObserver<PropertyChange> observer, uint mask, bool field, Dispatcher dispatcher)
    : Observation(store, node, identity, observer, mask, field), IThreadPoolWorkItem
{
    private const int RoundsPerTurn = 64;
    private const int Idle = 0;
    private const int Scheduled = 1;
    private const int Running = 2;
    private const int RunningAndChanged = 3;

    private int _state;

    public Dispatcher Dispatcher => dispatcher;

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
        if (!dispatcher.Post(this))
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
            PropertyChange change;
            long asOf;
            lock (Store.Gate)
            {
                // A definition that refuses this observer ended it in the hold in which it appeared: its value is not told.
                change = IsNew ? Node.Current() : Node.Last();
                asOf = Node.LastStamp;
            }

            try
            {
                Tell(change, asOf, Environment.CurrentManagedThreadId);
            }
#pragma warning disable CA1031 // An observer's exception hurts nobody else; it is reported and counted.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Failed(exception);
            }

            if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running)
            {
                return;
            }
        }

        // Others want their turn of the scheduler too.
        Interlocked.Exchange(ref _state, Scheduled);
        Schedule();
    }

    protected override void Remove()
    {
        QueuedFanOut fanOut = Array.Find(Node.Queued, f => f.Dispatcher == dispatcher)!;
        fanOut.Remove(this);
        if (fanOut.Observations.Length == 0)
        {
            Node.Queued = Array.FindAll(Node.Queued, f => f != fanOut);
        }
    }
}
