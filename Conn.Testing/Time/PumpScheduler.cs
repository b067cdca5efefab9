using Microsoft.Reactive.Testing;

namespace Conn.Testing.Time;

/// <summary>A test scheduler that takes one step at a time, so that continuations run between two timers of the same moment.</summary>
internal sealed class PumpScheduler : TestScheduler
{
    public PumpScheduler(DateTimeOffset start)
    {
        StartedAt = start;
        AdvanceTo(start.Ticks);
    }

    public DateTimeOffset StartedAt { get; }

    /// <summary>Moves to the next thing scheduled and runs it.</summary>
    /// <returns>False when nothing is scheduled.</returns>
    public bool RunNext()
    {
        if (GetNext() is not { } next)
        {
            return false;
        }

        if (next.DueTime > Clock)
        {
            Clock = next.DueTime;
        }

        next.Invoke();
        return true;
    }
}
