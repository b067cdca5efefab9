using System.Reflection;
using Conn.ActiveBackup.Machines;
using Conn.Engine.Modes;
using Conn.Testing.Simulation;

namespace Conn.Simulation;

/// <summary>Changes the tables row by row, in memory: each row dropped, each target redirected to every other state. Every change must be found.</summary>
internal static class TableMutations
{
    public static int Run(TextWriter to)
    {
        int survivors = 0;
        survivors += Run(to, CallbackTable.Instance, OrderRules.Check);
        survivors += Run(to, ReadinessTable.Instance, OrderRules.Check);
        survivors += Run(to, BurModeTable.Instance, OrderRules.Check);
        return survivors == 0 ? 0 : 1;
    }

    /// <summary>Every table with one row less, and every table with one row that leads elsewhere.</summary>
    public static IEnumerable<(string What, IReadOnlyList<MachineRow<TState, TEvent>> Rows)> Of<TState, TEvent>(MachineTable<TState, TEvent> table)
        where TState : struct, Enum
        where TEvent : struct, Enum
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

    /// <summary>Gives the living table other rows for the length of an action; everything that uses it sees them.</summary>
    public static void With<TState, TEvent>(MachineTable<TState, TEvent> table, IReadOnlyList<MachineRow<TState, TEvent>> rows, Action act)
        where TState : struct, Enum
        where TEvent : struct, Enum
    {
        IReadOnlyList<MachineRow<TState, TEvent>> before = table.Rows;
        ConstructorInfo make = typeof(MachineTable<TState, TEvent>).GetConstructors().Single();
        make.Invoke(table, [table.Name, table.Initial, rows]);
        try
        {
            act();
        }
        finally
        {
            make.Invoke(table, [table.Name, table.Initial, before]);
        }
    }

    private static int Run<TState, TEvent>(TextWriter to, MachineTable<TState, TEvent> table, Func<MachineTable<TState, TEvent>, string?> check)
        where TState : struct, Enum
        where TEvent : struct, Enum
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
