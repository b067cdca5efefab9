using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>A failed owner gets its Terminate at once, or as soon as a call of it has returned; not one without a connection.</summary>
internal sealed class TerminationChecks(SimulationRun run)
{
    /// <summary>An owner must be terminated.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="calls">Its calls now.</param>
    /// <param name="before">How often it had been terminated before.</param>
    public void Expect(SimulatedOwner owner, SimulatedCalls calls, int before) => run.Deadlines.Soon(() =>
    {
        bool isConnected = calls == owner.Calls && !calls.IsDead && owner is { Participant: not null, Connection.Ended.IsCompleted: false, Socket: not { IsCut: true } };
        if (!isConnected || owner.IsBlocked || run.IsDead || run.Host.EngineScheduler.IsDead || owner.Terminations > before)
        {
            return;
        }

        if (calls.IsInside)
        {
            owner.TerminateDue = before;
        }
        else
        {
            run.Violated(Invariant.AtOnce, $"{owner.Name} failed, and was not terminated");
        }
    });

    /// <summary>A call of an owner has ended, and a Terminate may have waited for it.</summary>
    public void Left(SimulatedOwner owner)
    {
        if (owner is { TerminateDue: { } before, Calls: { } calls })
        {
            owner.TerminateDue = null;
            Expect(owner, calls, before);
        }
    }
}
