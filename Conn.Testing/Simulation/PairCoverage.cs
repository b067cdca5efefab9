using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;

namespace Conn.Testing.Simulation;

/// <summary>Which pairs of state and event of the three tables were met by what ran in this process since <see cref="Start"/>. Any thread.</summary>
public static class PairCoverage
{
    private const int Side = 32;
    private static readonly long[] Callbacks = new long[2 * Side * Side];
    private static readonly long[] Readiness = new long[2 * Side * Side];
    private static readonly long[] Modes = new long[2 * Side * Side];

    [ThreadStatic]
    private static bool _isRogue;

    /// <summary>True while what runs on this thread knows no order: its pairs are counted apart from those of operations.</summary>
    internal static bool IsRogue
    {
        get => _isRogue;
        set => _isRogue = value;
    }

    /// <summary>Begins to count.</summary>
    public static void Start()
    {
        CallbackTable.Instance.Asked = static (s, e) => Count(Callbacks, (int)s, (int)e);
        ReadinessTable.Instance.Asked = static (s, e) => Count(Readiness, (int)s, (int)e);
        BurModeTable.Instance.Asked = static (s, e) => Count(Modes, (int)s, (int)e);
    }

    /// <summary>For each table: how many of its rows (legal pairs) and of its refusals were met, by operations and by all, and the pairs that nothing met.</summary>
    /// <returns>One line or two for each table.</returns>
    public static IReadOnlyList<string> Describe() =>
    [
        .. Describe(CallbackTable.Instance, Callbacks), .. Describe(ReadinessTable.Instance, Readiness), .. Describe(BurModeTable.Instance, Modes),
    ];

    private static void Count(long[] pairs, int state, int step) => Interlocked.Increment(ref pairs[At(state, step) + (_isRogue ? Side * Side : 0)]);

    private static int At(int state, int step) => ((state & (Side - 1)) * Side) + (step & (Side - 1));

    private static IEnumerable<string> Describe<TState, TEvent>(MachineTable<TState, TEvent> table, long[] pairs)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        List<string> missed = [];
        int[] all = [0, 0];
        int[] byOperations = [0, 0];
        int[] byAny = [0, 0];
        foreach (TState state in Enum.GetValues<TState>())
        {
            foreach (TEvent step in Enum.GetValues<TEvent>())
            {
                int at = At(Convert.ToInt32(state, null), Convert.ToInt32(step, null));
                int kind = table.LegalEvents(state).Contains(step) ? 0 : 1;
                bool operations = pairs[at] > 0;
                bool any = operations || pairs[at + (Side * Side)] > 0;
                all[kind]++;
                byOperations[kind] += operations ? 1 : 0;
                byAny[kind] += any ? 1 : 0;
                if (!any)
                {
                    missed.Add($"{state} {step}");
                }
            }
        }

        yield return $"{table.Name}: {byAny[0]} of {all[0]} legal pairs met ({byOperations[0]} by operations), {byAny[1]} of {all[1]} refused pairs met ({byOperations[1]} in operations)";
        if (missed.Count > 0)
        {
            yield return $"  not met: {string.Join(", ", missed)}";
        }
    }
}
