using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>A host with an engine, a repository and owners, lived through in virtual time: random operations, random faults, all from one seed.</summary>
/// <remarks>Runs on the calling thread; runs on different threads do not disturb each other. Replay is exact: the same seed and options give the same
/// trace.</remarks>
public static class BackupSimulation
{
    private const int MaxShrinkRuns = 400;

    /// <summary>Runs one seed.</summary>
    /// <param name="seed">The seed: any number.</param>
    /// <param name="options">Null for defaults.</param>
    /// <returns>What was seen. Violations are in it, not thrown.</returns>
    public static SimulationResult Run(long seed, SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        return SimulationRun.Run(SimulationPlan.FromSeed(seed, options), options);
    }

    /// <summary>Runs seeds one after the other; the first violation fails with its seed and the shortest schedule found.</summary>
    /// <param name="from">The first seed.</param>
    /// <param name="count">How many.</param>
    /// <param name="options">Null for defaults.</param>
    /// <returns>What was met in all of them.</returns>
    /// <exception cref="SimulationViolationException">An invariant did not hold.</exception>
    public static SimulationCounts RunMany(long from, int count, SimulationOptions? options = null)
    {
        SimulationCounts counts = new();
        for (long seed = from; seed < from + count; seed++)
        {
            SimulationResult result = Run(seed, options);
            counts.Add(result.Counts);
            if (result.Violations.Count > 0)
            {
                Shrink(seed, options).ThrowIfViolated();
            }
        }

        return counts;
    }

    /// <summary>Drops operations, faults, what looks at who waits, and owners from a seed's schedule as long as the same invariant stays broken.</summary>
    /// <param name="seed">A seed that breaks one.</param>
    /// <param name="options">Null for defaults.</param>
    /// <returns>The result of the shortest schedule found; that of the seed itself when nothing is broken.</returns>
    public static SimulationResult Shrink(long seed, SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        SimulationPlan plan = SimulationPlan.FromSeed(seed, options);
        SimulationResult best = SimulationRun.Run(plan, options);
        if (best.Violations.Count == 0)
        {
            return best;
        }

        Invariant broken = best.Violations[0].Invariant;
        int runs = 0;
        bool shorter = true;
        while (shorter && runs < MaxShrinkRuns)
        {
            shorter = false;
            foreach (SimulationPlan candidate in Shorter(plan))
            {
                SimulationResult result = SimulationRun.Run(candidate, options);
                if (++runs >= MaxShrinkRuns || (result.Violations.Count > 0 && result.Violations[0].Invariant == broken))
                {
                    if (result.Violations.Count > 0 && result.Violations[0].Invariant == broken)
                    {
                        (plan, best, shorter) = (candidate, result, true);
                    }

                    break;
                }
            }
        }

        return options.KeepTrace ? best : SimulationRun.Run(plan, options with { KeepTrace = true });
    }

    private static IEnumerable<SimulationPlan> Shorter(SimulationPlan plan)
    {
        for (int i = plan.Operations.Count - 1; i >= 0 && plan.Operations.Count > 1; i--)
        {
            yield return plan.WithoutOperation(i);
        }

        for (int i = 0; i < plan.Operations.Count; i++)
        {
            for (int j = 0; j < plan.Operations[i].Faults.Count; j++)
            {
                yield return plan.WithoutFault(i, j);
            }
        }

        for (int i = 0; i < plan.Operations.Count; i++)
        {
            if (plan.Operations[i] is { Registrations.Count: > 0 } or { Partial: true } or { AllStored: true })
            {
                yield return plan.WithoutExtras(i);
            }
        }

        for (int i = 0; i < plan.Operations.Count; i++)
        {
            if (plan.Operations[i].OnlyPending || !plan.Operations[i].ResumeFails.IsSuccess)
            {
                yield return plan.WithoutWaiting(i);
            }
        }

        if (plan.Owners.Count > 1)
        {
            yield return plan.WithoutLastOwner();
        }
    }
}
