using Conn.Testing.Simulation;
using Xunit;

namespace NotesOwner;

/// <summary>The real owner among simulated ones, through 300 lives with everything that goes wrong in them.</summary>
public sealed class NotesSimulationTests
{
    /// <summary>A violation names its seed and the shortest schedule found.</summary>
    [Fact]
    public void The_notes_survive_whatever_happens_to_their_host() =>
        BackupSimulation.RunMany(0, 300, new SimulationOptions { MakeOwner = (_, _) => new(new NotesSubject()) });
}
