namespace Conn.Testing.Simulation;

/// <summary>What was met in one run or in many: callbacks, operations, faults that really happened. Not thread-safe: one a thread, added up at the
/// end.</summary>
public sealed class SimulationCounts
{
    private readonly long[] _faults = new long[Enum.GetValues<FaultKind>().Length];

    /// <summary>Operations that were started.</summary>
    public long Operations { get; internal set; }

    /// <summary>Callbacks that reached owners.</summary>
    public long Callbacks { get; internal set; }

    /// <summary>How often a fault happened; one that was planned and never met does not count.</summary>
    /// <param name="kind">The fault.</param>
    /// <returns>0 or more.</returns>
    public long Of(FaultKind kind) => _faults[(int)kind];

    /// <summary>Adds another's.</summary>
    /// <param name="other">The other.</param>
    public void Add(SimulationCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Operations += other.Operations;
        Callbacks += other.Callbacks;
        for (int i = 0; i < _faults.Length; i++)
        {
            _faults[i] += other._faults[i];
        }
    }

    internal void Met(FaultKind kind) => _faults[(int)kind]++;
}
