using System.Globalization;
using System.Text.RegularExpressions;
using Conn.Testing.Simulation;
using Xunit;

namespace Conn.Simulation;

/// <summary>Many seeds, on every machine; more of them: <c>dotnet run -c Release --project tests/Conn.Simulation -- --seeds N</c>.</summary>
public sealed partial class SeedTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2500)]
    public void No_seed_breaks_an_invariant(int from) => BackupSimulation.RunMany(from, 2500);

    [Fact]
    public void Every_fault_is_met_by_few_seeds()
    {
        SimulationCounts counts = BackupSimulation.RunMany(100_000, 1500);

        Assert.All(Enum.GetValues<FaultKind>(), f => Assert.True(counts.Of(f) > 0, $"{f} was never met"));
    }

    /// <summary>A few thousand seeds meet every legal pair and nearly every refused one; those of the command, more of them, meet all.</summary>
    [Fact]
    public void Every_pair_of_state_and_event_is_met_legal_or_refused()
    {
        PairCoverage.Start();
        BackupSimulation.RunMany(300_000, 4000, new SimulationOptions { MaxOwners = 1, Operations = 1 });

        foreach (Match table in Counted().Matches(string.Join('\n', PairCoverage.Describe())))
        {
            int[] numbers = [.. table.Groups.Values.Skip(1).Select(g => int.Parse(g.ValueSpan, CultureInfo.InvariantCulture))];
            Assert.Equal(numbers[1], numbers[0]);
            Assert.InRange(numbers[2], numbers[3] * 95 / 100, numbers[3]);
        }
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

    [GeneratedRegex(@"(\d+) of (\d+) legal pairs met.*?(\d+) of (\d+) refused pairs met")]
    private static partial Regex Counted();
}
