namespace Conn.PubSub;

/// <summary>
/// Invariant: at most one holder, never while user code runs; not re-entrant. Leaving is a plain write: who goes to sleep pays for the
/// fence instead (it announces itself, then a process-wide barrier, then looks again), so the common case has one interlocked operation.
/// </summary>
internal sealed class Gate
{
    private const int Spins = 24;
    private const int SpinsBeforeLook = 6;

    // Guards the sleepers' count; entered only by who sleeps or wakes.
    private readonly object _sleepers = new();
    private int _held;
    private int _sleeping;

    /// <summary>True when somebody waits asleep.</summary>
    public bool HasSleepers => Volatile.Read(ref _sleeping) != 0;

    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
        {
            EnterSlowly();
        }
    }

    public void Exit()
    {
        Volatile.Write(ref _held, 0);
        if (Volatile.Read(ref _sleeping) != 0)
        {
            WakeOne();
        }
    }

    /// <summary>For <c>using</c>: enters now, leaves at the end of the scope.</summary>
    public Hold Take()
    {
        Enter();
        return new Hold(this);
    }

    private void EnterSlowly()
    {
        var spinner = default(SpinWait);
        for (int i = 0; i < Spins; i++)
        {
            // Long enough at first for who is inside to leave and enter a few times: taking turns moves everything between processors.
            do
            {
                spinner.SpinOnce(-1);
            }
            while (spinner.Count < SpinsBeforeLook);

            if (Volatile.Read(ref _held) == 0 && Interlocked.CompareExchange(ref _held, 1, 0) == 0)
            {
                return;
            }
        }

        lock (_sleepers)
        {
            _sleeping++;

            // Who leaves after this sees the count; who left before it has made the gate free for the look below.
            Interlocked.MemoryBarrierProcessWide();
            while (Interlocked.CompareExchange(ref _held, 1, 0) != 0)
            {
                Monitor.Wait(_sleepers);
            }

            _sleeping--;
        }
    }

    private void WakeOne()
    {
        lock (_sleepers)
        {
            Monitor.Pulse(_sleepers);
        }
    }

    /// <summary>Invariant: made while the gate is held, disposed once.</summary>
    public readonly ref struct Hold(Gate gate)
    {
        public void Dispose() => gate.Exit();
    }
}
