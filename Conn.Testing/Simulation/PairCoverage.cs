using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;

namespace Conn.Testing.Simulation;

/// <summary>Which rows of the three tables simulated operations have used in this process since <see cref="Start"/>. Any thread.</summary>
public static class PairCoverage
{
    private static readonly long[] Calls = new long[OwnerCallRules.Machine.Rows.Count];
    private static readonly long[] Readiness = new long[ReadinessTable.Instance.Rows.Count];
    private static readonly long[] Modes = new long[BurModeTable.Instance.Rows.Count];

    [ThreadStatic]
    private static bool _isRogue;

    /// <summary>True while what runs on this thread is no operation: the rows it asks for do not count.</summary>
    internal static bool IsRogue
    {
        get => _isRogue;
        set => _isRogue = value;
    }

    /// <summary>Begins to count.</summary>
    public static void Start()
    {
        Count(OwnerCallRules.Machine, Calls);
        Count(ReadinessTable.Instance, Readiness);
        Count(BurModeTable.Instance, Modes);
    }

    /// <summary>For each table: how many of its rows operations have used, and those that none has.</summary>
    /// <returns>One line or two for each table.</returns>
    public static IReadOnlyList<string> Describe() =>
        [.. Describe(OwnerCallRules.Machine, Calls), .. Describe(ReadinessTable.Instance, Readiness), .. Describe(BurModeTable.Instance, Modes)];

    private static void Count<TState, TEvent>(MachineTable<TState, TEvent> table, long[] used)
        where TState : struct, Enum
        where TEvent : struct
    {
        Dictionary<(TState, TEvent), int> places = table.Rows.Select((r, i) => (Key: (r.From, r.Event), i)).ToDictionary(p => p.Key, p => p.i);
        table.Asked = (state, step) =>
        {
            if (!_isRogue && places.TryGetValue((state, step), out int place))
            {
                Interlocked.Increment(ref used[place]);
            }
        };
    }

    private static IEnumerable<string> Describe<TState, TEvent>(MachineTable<TState, TEvent> table, long[] used)
        where TState : struct, Enum
        where TEvent : struct
    {
        yield return $"{table.Name}: {used.Count(n => n > 0)} of {used.Length} rows used by operations";
        string[] missed = [.. table.Rows.Where((_, i) => used[i] == 0).Select(r => $"{r.From} {r.Event}")];
        if (missed.Length > 0)
        {
            yield return $"  not used: {string.Join(", ", missed)}";
        }
    }
}
