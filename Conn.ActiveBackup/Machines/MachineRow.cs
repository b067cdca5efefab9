namespace Conn.ActiveBackup.Machines;

/// <summary>One row of a machine's table: in this state this event is legal and leads there.</summary>
/// <typeparam name="TState">The states.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
/// <param name="From">The state before.</param>
/// <param name="Event">What happens.</param>
/// <param name="To">The state after; equal to <paramref name="From"/> for an event that changes nothing.</param>
public readonly record struct MachineRow<TState, TEvent>(TState From, TEvent Event, TState To)
    where TState : struct, Enum
    where TEvent : struct;
