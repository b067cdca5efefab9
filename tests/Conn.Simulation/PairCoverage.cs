namespace Conn.Simulation;

/// <summary>Which pairs of state and event of each table the runs of this process met.</summary>
internal static class PairCoverage
{
    public static IEnumerable<string> Describe() => [];
}
