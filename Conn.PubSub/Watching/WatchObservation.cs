using Conn.PubSub.Observables;

namespace Conn.PubSub.Watching;

/// <summary>Invariant: one observer of a watch; told on its scheduler, one call at a time, nothing after its end or its disposal.</summary>
internal sealed class WatchObservation : Telling, IWatcher
{
    private const int EventsPerRound = 16;

    private readonly IObserver<PropertyEvent> _observer;
    private readonly Dispatcher _dispatcher;
    private readonly PropertyEvent[] _taken = new PropertyEvent[EventsPerRound];

    public WatchObservation(PropertyStore store, WatchCursor cursor, IObserver<PropertyEvent> observer, Dispatcher dispatcher)
        : base(store)
    {
        _observer = observer;
        _dispatcher = dispatcher;
        Cursor = cursor;
        Turn = new Turn(this, dispatcher);
    }

    public WatchCursor Cursor { get; }

    public Turn Turn { get; }

    protected override bool IsQuiet => !Turn.IsRunning;

    public void Start()
    {
        Store.Join(this, _dispatcher);
        if (Turn.Wake())
        {
            Turn.Schedule();
        }
    }

    public bool Round()
    {
        if (Has(Disposed))
        {
            return false;
        }

        int count = Cursor.Read(_taken);
        for (int i = 0; i < count; i++)
        {
            PropertyEvent told = _taken[i];
            TellGuarded(() => _observer.OnNext(told));
        }

        if (Cursor.IsOver && !Has(Completed))
        {
            Raise(Completed);
            TellGuarded(() =>
            {
                // Left first: an observer that disposes in its end finds it done.
                if (Leave())
                {
                    _observer.OnCompleted();
                }
            });
            return false;
        }

        return count == _taken.Length;
    }

    protected override void Remove() => Store.Part(this, _dispatcher);

    private void TellGuarded(Action tell)
    {
        EnterTelling(Environment.CurrentManagedThreadId);
        try
        {
            if (!Has(Disposed))
            {
                tell();
            }

            LeaveTelling();
        }
#pragma warning disable CA1031 // An observer's exception hurts nobody else; it is reported and counted.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failed(exception);
        }
    }
}
