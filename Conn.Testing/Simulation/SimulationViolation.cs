using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>An invariant that did not hold.</summary>
/// <param name="Invariant">Which.</param>
/// <param name="Operation">In which operation of the schedule, from 0.</param>
/// <param name="What">What was seen.</param>
public sealed record SimulationViolation(Invariant Invariant, int Operation, string What)
{
    /// <summary>The sentence, and what was seen instead.</summary>
    /// <returns>Two lines.</returns>
    public override string ToString() => $"{Invariant}: {Invariants.Sentence(Invariant)}\n  in operation {Operation}: {What}";
}
