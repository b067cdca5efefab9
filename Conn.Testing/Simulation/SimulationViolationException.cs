namespace Conn.Testing.Simulation;

/// <summary>A simulated run broke an invariant; the message has the seed, the sentence and the shortest schedule found.</summary>
public sealed class SimulationViolationException : Exception
{
    /// <summary>Makes a failure.</summary>
    /// <param name="message">Seed, sentence, schedule.</param>
    public SimulationViolationException(string message)
        : base(message)
    {
    }
}
