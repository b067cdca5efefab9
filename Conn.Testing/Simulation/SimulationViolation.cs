using Conn.Testing.Traces;

namespace Conn.Testing.Simulation;

/// <summary>An invariant that did not hold.</summary>
/// <param name="Invariant">Which.</param>
/// <param name="Operation">In which operation of the schedule, from 0.</param>
/// <param name="What">One sentence: what was done before, and what is wrong.</param>
public sealed record SimulationViolation(Invariant Invariant, int Operation, string What)
{
    /// <summary>What was done and what is wrong, and the invariant that it breaks.</summary>
    /// <returns>Two lines.</returns>
    public override string ToString() => $"{What}\nBroken invariant: {Invariant}: {Invariants.Sentence(Invariant)}";
}
