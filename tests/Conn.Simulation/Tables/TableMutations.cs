using Conn.ActiveBackup.Calls;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;

namespace Conn.Simulation.Tables;

/// <summary>Changes the tables row by row, in memory: each row dropped, each target redirected to every other state. Every change must be found.</summary>
internal static class TableMutations
{
    public static int Run(TextWriter to)
    {
        int survivors = 0;
        survivors += Run(to, OwnerCallRules.Machine, OrderRules.Check);
        survivors += Run(to, ReadinessTable.Instance, OrderRules.Check);
        survivors += Run(to, BurModeTable.Instance, OrderRules.Check);
        return survivors == 0 ? 0 : 1;
    }

    /// <summary>Every table with one row less, and every table with one row that leads elsewhere.</summary>
    public static IEnumerable<(string What, IReadOnlyList<MachineRow<TState, TEvent>> Rows)> Of<TState, TEvent>(MachineTable<TState, TEvent> table)
        where TState : struct, Enum
        where TEvent : struct
    {
        for (int i = 0; i < table.Rows.Count; i++)
        {
            MachineRow<TState, TEvent> row = table.Rows[i];
            yield return ($"{row.From}, {row.Event}: dropped", [.. table.Rows.Where((_, at) => at != i)]);
            foreach (TState other in Enum.GetValues<TState>().Where(s => !s.Equals(row.To)))
            {
                yield return ($"{row.From}, {row.Event}: to {other} instead of {row.To}", [.. table.Rows.Select((r, at) => at == i ? r with { To = other } : r)]);
            }
        }
    }

    private static int Run<TState, TEvent>(TextWriter to, MachineTable<TState, TEvent> table, Func<MachineTable<TState, TEvent>, string?> check)
        where TState : struct, Enum
        where TEvent : struct
    {
        int all = 0;
        List<string> survivors = [];
        foreach ((string what, IReadOnlyList<MachineRow<TState, TEvent>> rows) in Of(table))
        {
            all++;
            if (check(new MachineTable<TState, TEvent>(table.Name, table.Initial, rows)) is null)
            {
                survivors.Add(what);
            }
        }

        to.WriteLine($"{table.Name}: {table.Rows.Count} rows, {all} mutations, {all - survivors.Count} killed");
        survivors.ForEach(s => to.WriteLine($"  survived: {s}"));
        return survivors.Count;
    }
}
