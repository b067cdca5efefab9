using System.Reactive.Concurrency;

namespace Conn.Testing.Simulation;

/// <summary>One direction of a simulated connection. Invariant: frames arrive whole and in their order, or not at all; after the end none arrives.</summary>
internal sealed class SimulatedPipe(IScheduler scheduler, Random random)
{
    // Much less than "at once": a call and its answer take some of them.
    private const int MaxDelayTicks = 100;

    private readonly Queue<Action> _inFlight = new();
    private DateTimeOffset _newest;
    private int _cuts;

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsCut => _cuts != 0;

    /// <summary>Sends a frame. One that is sent after the cut is lost.</summary>
    public void Send(Action arrive)
    {
        if (IsCut)
        {
            return;
        }

        _inFlight.Enqueue(arrive);
        DateTimeOffset soon = scheduler.Now + TimeSpan.FromTicks(1 + random.Next(MaxDelayTicks));
        _newest = soon > _newest ? soon : _newest + TimeSpan.FromTicks(1);
        int cuts = _cuts;
        scheduler.Schedule(_newest, () =>
        {
            if (cuts == _cuts)
            {
                _inFlight.Dequeue()();
            }
        });
    }

    /// <summary>Cuts the direction. What is under way arrives late, all before the end; of the newest frame perhaps only a part was sent, which is no frame.</summary>
    /// <param name="noticed">When the receiver comes to the end.</param>
    /// <param name="end">Runs at the receiver then.</param>
    /// <returns>The number of frames that arrive late.</returns>
    public int Cut(TimeSpan noticed, Action end)
    {
        if (_cuts++ != 0)
        {
            return 0;
        }

        int whole = _inFlight.Count - (_inFlight.Count > 0 && random.Next(2) == 0 ? 1 : 0);
        for (int i = 0; i < whole; i++)
        {
            Action late = _inFlight.Dequeue();
            scheduler.Schedule(noticed * (i + 1) / (whole + 1), late);
        }

        scheduler.Schedule(noticed, end);
        return whole;
    }
}
