using Conn.ActiveBackup.Calls;

namespace Conn.Testing.Simulation;

/// <summary>The way to ask a simulated owner for its plan: before the mode changes, by the run's schedule.</summary>
internal sealed class SimulatedPlanner(SimulationRun run, SimulatedOwner owner) : IOwnerChannel
{
    public async ValueTask<OwnerCallResult> InvokeAsync(OwnerCall call, CancellationToken cancellationToken)
    {
        try
        {
            await run.PlanChecks.AskedAsync(owner, call.Drive);
            return default;
        }
#pragma warning disable CA1031 // The schedule makes a plan throw anything; it is the answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return OwnerCallResult.Threw(e);
        }
    }

    public ValueTask DisposeAsync() => default;
}
