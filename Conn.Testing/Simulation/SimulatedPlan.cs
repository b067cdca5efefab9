using Conn.ActiveBackup.Contract;

namespace Conn.Testing.Simulation;

/// <summary>An owner's word on a restore that is not made yet: asked before the mode changes, of who takes part.</summary>
internal sealed class SimulatedPlan(SimulationRun run, SimulatedOwner owner) : IRestorePlan
{
    public ValueTask PlanRestoreAsync(DriveNumber drive, long expectedBytes, CancellationToken cancellationToken) => run.AskedAsync(owner, drive);
}
