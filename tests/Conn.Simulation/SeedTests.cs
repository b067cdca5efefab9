using Conn.Testing.Simulation;
using Xunit;

namespace Conn.Simulation;

/// <summary>Many seeds, on every machine; more of them: <c>dotnet run -c Release --project tests/Conn.Simulation -- --seeds N</c>.</summary>
public sealed class SeedTests
{
    private static readonly FaultKind[] OfSocket = [FaultKind.ConnectionLost, FaultKind.LateBytes, FaultKind.ConnectsTwice];

    [Theory]
    [InlineData(0)]
    [InlineData(1500)]
    public void No_seed_breaks_an_invariant_and_every_fault_is_met(int from)
    {
        SimulationCounts counts = BackupSimulation.RunMany(from, 1500);

        Assert.All(Enum.GetValues<FaultKind>().Except(OfSocket), f => Assert.True(counts.Of(f) > 0, $"{f} was never met"));
    }

    [Fact]
    public void No_seed_breaks_an_invariant_over_a_simulated_socket_and_every_fault_is_met()
    {
        SimulationCounts counts = BackupSimulation.RunMany(0, 1500, new SimulationOptions { Socket = true });

        Assert.All(Enum.GetValues<FaultKind>(), f => Assert.True(counts.Of(f) > 0, $"{f} was never met"));
    }

    [Fact]
    public void The_same_seed_gives_the_same_trace()
    {
        for (long seed = 0; seed < 200; seed++)
        {
            Assert.Equal(BackupSimulation.Run(seed).TraceHash, BackupSimulation.Run(seed).TraceHash);
        }
    }

    [Fact]
    public void Another_seed_gives_another_trace() =>
        Assert.True(Enumerable.Range(0, 50).Select(s => BackupSimulation.Run(s).TraceHash).Distinct().Count() > 45);

    [Fact]
    public void A_replay_with_its_lines_kept_is_the_same_run()
    {
        SimulationResult quiet = BackupSimulation.Run(11);
        SimulationResult told = BackupSimulation.Run(11, new SimulationOptions { KeepTrace = true });

        Assert.Equal(quiet.TraceHash, told.TraceHash);
        Assert.NotEmpty(told.Trace);
    }

    [Fact]
    public void Runs_without_faults_succeed() => BackupSimulation.RunMany(0, 200, new SimulationOptions { Faults = false });
}
