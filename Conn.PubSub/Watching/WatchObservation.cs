using Conn.PubSub.Core;
using Conn.PubSub.Delivering;

namespace Conn.PubSub.Watching;

/// <summary>One observer of a watch. Invariant: it is called on its scheduler, one call at a time, and not after its end.</summary>
internal sealed class WatchObservation : WatchSubscriber
{
    private const int EventsPerRound = 16;

    private readonly IObserver<PropertyEvent> _observer;
    private readonly PropertyEvent[] _taken = new PropertyEvent[EventsPerRound];

    public WatchObservation(StoreCore core, Access access, EventCursor cursor, IObserver<PropertyEvent> observer, Dispatcher dispatcher)
        : base(core, access, cursor, dispatcher) => _observer = observer;

    public override bool Round()
    {
        if (HasLeft)
        {
            return false;
        }

        int count = Cursor.Read(_taken);
        for (int i = 0; i < count && !HasLeft; i++)
        {
            Call(_taken[i]);
        }

        if (Cursor.IsOver)
        {
            // Removed first: an observer that disposes inside this call finds it done.
            if (TryLeave())
            {
                _observer.OnCompleted();
            }

            return false;
        }

        return count == _taken.Length;
    }

    private void Call(in PropertyEvent read)
    {
        try
        {
            _observer.OnNext(read);
        }
#pragma warning disable CA1031 // An observer's exception hurts no other; it is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Core.Report(exception);
        }
    }
}
