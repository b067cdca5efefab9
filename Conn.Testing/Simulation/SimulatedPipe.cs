using System.Reactive.Concurrency;

namespace Conn.Testing.Simulation;

/// <summary>One direction of a simulated connection. Invariant: frames arrive whole and in their order, or not at all; after the end none arrives.</summary>
internal sealed class SimulatedPipe(IScheduler scheduler, Random random)
{
    // Much less than "at once": a call and its answer take some of them.
    private const int MaxDelayTicks = 100;

    private readonly Queue<Action> _inFlight = new();
    private DateTimeOffset _newest;
    private int _epoch;
    private bool _isStalled;

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Sends a frame. One that is sent after the cut is lost.</summary>
    public void Send(Action arrive)
    {
        if (IsCut)
        {
            return;
        }

        _inFlight.Enqueue(arrive);
        if (!_isStalled)
        {
            DateTimeOffset soon = scheduler.Now + TimeSpan.FromTicks(1 + random.Next(MaxDelayTicks));
            _newest = soon > _newest ? soon : _newest + TimeSpan.FromTicks(1);
            ArriveAt(_newest - scheduler.Now);
        }
    }

    /// <summary>From now on nothing arrives; what is under way, and what is sent, waits in it.</summary>
    public void Stall()
    {
        _isStalled = true;
        _epoch++;
    }

    /// <summary>Cuts the direction. What is under way arrives late, all before the end; of the newest frame perhaps only a part was sent, which is no frame.</summary>
    /// <param name="noticed">When the receiver comes to the end.</param>
    /// <param name="end">Runs at the receiver then.</param>
    /// <returns>The number of frames that arrive late.</returns>
    public int Cut(TimeSpan noticed, Action end)
    {
        if (IsCut)
        {
            return 0;
        }

        (IsCut, _epoch) = (true, _epoch + 1);
        int whole = _inFlight.Count - (_inFlight.Count > 0 && random.Next(2) == 0 ? 1 : 0);
        Action[] late = [.. _inFlight.Take(whole), end];
        _inFlight.Clear();
        Array.ForEach(late, _inFlight.Enqueue);
        Spread(noticed);
        return whole;
    }

    /// <summary>What is under way, and the end, arrives within this time.</summary>
    public void Hasten(TimeSpan within)
    {
        if (IsCut)
        {
            _epoch++;
            Spread(within);
        }
    }

    private void Spread(TimeSpan within)
    {
        for (int i = 1, count = _inFlight.Count; i <= count; i++)
        {
            ArriveAt(within * i / count);
        }
    }

    private void ArriveAt(TimeSpan due)
    {
        int epoch = _epoch;
        scheduler.Schedule(due, () =>
        {
            if (epoch == _epoch)
            {
                _inFlight.Dequeue()();
            }
        });
    }
}
