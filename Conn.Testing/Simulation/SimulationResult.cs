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
    private const int MostViolations = 3;
    private const int MostLines = 60;

    /// <summary>Fails unless everything held. The first line of the message says what was done and what is wrong.</summary>
    /// <exception cref="SimulationViolationException">Something did not hold.</exception>
    public void ThrowIfViolated()
    {
        if (Violations.Count > 0)
        {
            throw new SimulationViolationException(ToString());
        }
    }

    /// <summary>What was done and what is wrong; the seed and how to repeat it; the schedule; the end of the trace.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        string violations = Violations.Count == 0 ? "Every invariant held." : string.Join("\nFurther: ", Violations.Take(MostViolations));
        string repeat = Violations.Count == 0 ? ""
            : $"Repeat it with BackupSimulation.Shrink({Seed}, options) and the same options: it finds the shortest schedule and keeps the whole trace.\n";
        string trace = Trace.Count == 0 ? ""
            : $"Trace, the last {Math.Min(Trace.Count, MostLines)} of {Trace.Count} lines:\n{string.Join('\n', Trace.TakeLast(MostLines))}\n";
        return $"{violations}\nSeed {Seed}, trace {TraceHash}.\n{repeat}Schedule:\n{Schedule}{trace}";
    }
}
