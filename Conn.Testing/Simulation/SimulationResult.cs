namespace Conn.Testing.Simulation;

/// <summary>What one simulated run showed.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Schedule">What was to happen, to be read.</param>
/// <param name="TraceHash">A hash of everything that happened; the same seed and options give the same.</param>
/// <param name="Trace">Every line, when they were to be kept.</param>
/// <param name="Violations">Invariants that did not hold. Empty is good.</param>
/// <param name="Counts">What was met.</param>
public sealed record SimulationResult(
    long Seed, string Schedule, string TraceHash, IReadOnlyList<string> Trace, IReadOnlyList<SimulationViolation> Violations, SimulationCounts Counts)
{
    /// <summary>Fails with the seed, the sentences and the schedule unless everything held.</summary>
    /// <exception cref="SimulationViolationException">Something did not hold.</exception>
    public void ThrowIfViolated()
    {
        if (Violations.Count > 0)
        {
            throw new SimulationViolationException(ToString());
        }
    }

    /// <summary>The seed, what did not hold, and the schedule.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString() => $"seed {Seed}, trace {TraceHash}\n{string.Join('\n', Violations.Take(3))}\nschedule:\n{Schedule}";
}
