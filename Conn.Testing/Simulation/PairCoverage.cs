using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;

namespace Conn.Testing.Simulation;

/// <summary>Which pairs of state and event of the three tables were met by what ran in this process since <see cref="Start"/>. Any thread.</summary>
public static class PairCoverage
{
    private static readonly long[] Callbacks = new long[32 * 32];
    private static readonly long[] Readiness = new long[32 * 32];
    private static readonly long[] Modes = new long[32 * 32];

    /// <summary>Begins to count.</summary>
    public static void Start()
    {
        CallbackTable.Instance.Asked = static (s, e) => Count(Callbacks, (int)s, (int)e);
        ReadinessTable.Instance.Asked = static (s, e) => Count(Readiness, (int)s, (int)e);
        BurModeTable.Instance.Asked = static (s, e) => Count(Modes, (int)s, (int)e);
    }

    /// <summary>For each table: how many of its rows (legal pairs) and of its refusals were met, and the rows that were not.</summary>
    /// <returns>One line or two for each table.</returns>
    public static IReadOnlyList<string> Describe() =>
    [
        .. Describe(CallbackTable.Instance, Callbacks), .. Describe(ReadinessTable.Instance, Readiness), .. Describe(BurModeTable.Instance, Modes),
    ];

    private static void Count(long[] pairs, int state, int step) => Interlocked.Increment(ref pairs[((state & 31) * 32) + (step & 31)]);

    private static IEnumerable<string> Describe<TState, TEvent>(MachineTable<TState, TEvent> table, long[] pairs)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        List<string> missed = [];
        int rows = 0;
        int refusals = 0;
        int allRefusals = 0;
        foreach (TState state in Enum.GetValues<TState>())
        {
            foreach (TEvent step in Enum.GetValues<TEvent>())
            {
                bool met = pairs[((Convert.ToInt32(state, null) & 31) * 32) + (Convert.ToInt32(step, null) & 31)] > 0;
                bool legal = table.LegalEvents(state).Contains(step);
                rows += legal && met ? 1 : 0;
                allRefusals += legal ? 0 : 1;
                refusals += !legal && met ? 1 : 0;
                if (legal && !met)
                {
                    missed.Add($"{state} {step}");
                }
            }
        }

        yield return $"{table.Name}: {rows} of {table.Rows.Count} legal pairs met, {refusals} of {allRefusals} refused pairs met";
        if (missed.Count > 0)
        {
            yield return $"  not met: {string.Join(", ", missed)}";
        }
    }
}
