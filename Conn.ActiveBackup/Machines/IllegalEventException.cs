
namespace Conn.ActiveBackup.Machines;

/// <summary>A call outside the table: it was not passed on, and nothing changed.</summary>
public sealed class IllegalEventException : ConnException
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="machine">The machine's name.</param>
    /// <param name="subject">Whose machine it is.</param>
    /// <param name="state">The state it is in.</param>
    /// <param name="event">What was asked.</param>
    /// <param name="legalEvents">What would be legal.</param>
    public IllegalEventException(string machine, string subject, string state, string @event, IReadOnlyList<string> legalEvents)
        : base(ErrorCode.NotReady, Sentence(machine, subject, state, @event, legalEvents))
    {
        State = state;
        Event = @event;
        LegalEvents = legalEvents;
    }

    /// <summary>The state the machine is in.</summary>
    public string State { get; }

    /// <summary>What was asked.</summary>
    public string Event { get; }

    /// <summary>What would be legal in that state.</summary>
    public IReadOnlyList<string> LegalEvents { get; }

    private static string Sentence(string machine, string subject, string state, string @event, IReadOnlyList<string> legal)
    {
        ArgumentNullException.ThrowIfNull(legal);
        string rest = legal.Count == 0 ? "nothing is" : "legal are " + string.Join(", ", legal);
        return $"{machine}: {@event} of {subject} is not legal in state {state}; {rest}.";
    }
}
