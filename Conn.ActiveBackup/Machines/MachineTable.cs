using System.Collections.Frozen;
using Stateless;
using Stateless.Graph;

namespace Conn.ActiveBackup.Machines;

/// <summary>A legal order kept as data: its rows are the machine, the refusals, the diagram and the model of its tests.</summary>
/// <typeparam name="TState">The states.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
/// <remarks>
/// Each table configures one Stateless machine and fires every row of it once, at construction; from then on the answers are looked up without a lock.
/// The caller keeps the state, so that ten thousand owners cost ten thousand small numbers. All members may be called from any thread.
/// </remarks>
public sealed class MachineTable<TState, TEvent>
    where TState : struct, Enum
    where TEvent : struct
{
    private readonly Lock _lock = new(); // guards _machine and _state after construction; only ToMermaid uses them, and Stateless is not thread-safe
    private readonly StateMachine<TState, TEvent> _machine;
    private readonly FrozenDictionary<(TState From, TEvent Event), TState> _steps;
    private readonly FrozenDictionary<TState, TEvent[]> _legal;
    private TState _state;

    /// <summary>Builds the machine of a table.</summary>
    /// <param name="name">The machine's name, for refusals and diagrams.</param>
    /// <param name="initial">Where it starts.</param>
    /// <param name="rows">Every legal step; a pair of state and event at most once.</param>
    /// <exception cref="ArgumentException">A pair of state and event has two rows.</exception>
    public MachineTable(string name, TState initial, IReadOnlyList<MachineRow<TState, TEvent>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        Name = name;
        Initial = initial;
        Rows = rows;
        _machine = new StateMachine<TState, TEvent>(() => _state, s => _state = s);
        foreach (MachineRow<TState, TEvent> row in rows)
        {
            if (rows.Count(r => r.From.Equals(row.From) && r.Event.Equals(row.Event)) > 1)
            {
                throw new ArgumentException($"{name}: {row.From} has two rows for {row.Event}.", nameof(rows));
            }

            StateMachine<TState, TEvent>.StateConfiguration state = _machine.Configure(row.From);
            if (row.From.Equals(row.To))
            {
                state.PermitReentry(row.Event);
            }
            else
            {
                state.Permit(row.Event, row.To);
            }
        }

        _steps = rows.ToFrozenDictionary(r => (r.From, r.Event), Step);
        _legal = Enum.GetValues<TState>().ToFrozenDictionary(s => s, s => rows.Where(r => r.From.Equals(s)).Select(r => r.Event).ToArray());
    }

    /// <summary>The machine's name.</summary>
    public string Name { get; }

    /// <summary>Where it starts.</summary>
    public TState Initial { get; }

    /// <summary>Every legal step, in the table's order.</summary>
    public IReadOnlyList<MachineRow<TState, TEvent>> Rows { get; }

    /// <summary>The events that are legal in a state, in the table's order.</summary>
    /// <param name="state">The state.</param>
    /// <returns>Empty for a state nothing leads out of.</returns>
    public IReadOnlyList<TEvent> LegalEvents(TState state) => _legal[state];

    /// <summary>Called with every pair of state and event that is asked for, legal or not, on the asking thread; for the coverage of simulated runs.</summary>
    internal Action<TState, TEvent> Asked { get; set; } = static (_, _) => { };

    /// <summary>Takes one step, if it is legal.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="event">What happens.</param>
    /// <param name="next">The state after, or <paramref name="state"/> when the event is not legal.</param>
    /// <returns>True when the event was legal.</returns>
    public bool TryFire(TState state, TEvent @event, out TState next)
    {
        Asked(state, @event);
        bool legal = _steps.TryGetValue((state, @event), out next);
        if (!legal)
        {
            next = state;
        }

        return legal;
    }

    /// <summary>Takes one step.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="event">What happens.</param>
    /// <param name="subject">Whose machine it is, for the refusal.</param>
    /// <returns>The state after.</returns>
    /// <exception cref="IllegalEventException">The table has no such row.</exception>
    public TState Fire(TState state, TEvent @event, string subject) =>
        TryFire(state, @event, out TState next) ? next : throw Refuse(state, @event, subject);

    /// <summary>The refusal of an event in a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="event">The event the table has no row for.</param>
    /// <param name="subject">Whose machine it is.</param>
    /// <returns>The exception, to be thrown by the caller.</returns>
    public IllegalEventException Refuse(TState state, TEvent @event, string subject) =>
        new(Name, subject, $"{state}", $"{@event}", [.. _legal[state].Select(e => $"{e}")]);

    /// <summary>Draws the table as a Mermaid state diagram.</summary>
    /// <returns>The diagram's text, with line feeds.</returns>
    public string ToMermaid()
    {
        lock (_lock)
        {
            _state = Initial;
            return MermaidGraph.Format(_machine.GetInfo()).ReplaceLineEndings("\n").Trim() + "\n";
        }
    }

    /// <summary>Fires one row. Stateless allocates kilobytes for each step, so each row is fired only once.</summary>
    private TState Step(MachineRow<TState, TEvent> row)
    {
        _state = row.From;
        _machine.Fire(row.Event);
        return _state;
    }
}
