using System.Globalization;
using Conn.Testing.Simulation;

namespace Conn.Simulation;

/// <summary>What many runs showed, in a few lines.</summary>
internal sealed record SimulationSummary(long From, long Seeds, TimeSpan Took, SimulationCounts Counts, List<int> Callbacks, UInt128 Traces)
{
    public void Print(TextWriter to)
    {
        Callbacks.Sort();
        Line(to, $"seeds: {From} to {From + Seeds - 1} in {Took.TotalSeconds:0.0} s on {Environment.ProcessorCount} cores");
        Line(to, $"runs a second: {Callbacks.Count / Took.TotalSeconds:0}, operations a second: {Counts.Operations / Took.TotalSeconds:0}");
        Line(to, $"operations: {Counts.Operations}, callbacks: {Counts.Callbacks}, median callbacks a run: {(Callbacks.Count == 0 ? 0 : Callbacks[Callbacks.Count / 2])}");
        Line(to, $"faults met: {string.Join(", ", Enum.GetValues<FaultKind>().Select(k => $"{k} {Counts.Of(k)}"))}");
        Line(to, $"all traces together: {Traces:x32}");
        foreach (string pairs in PairCoverage.Describe())
        {
            to.WriteLine(pairs);
        }
    }

    private static void Line(TextWriter to, FormattableString text) => to.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
