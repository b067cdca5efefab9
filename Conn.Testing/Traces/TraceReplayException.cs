namespace Conn.Testing.Traces;

/// <summary>A trace that cannot have been: the message has the number of the entry, the sentence that it breaks, and what was seen.</summary>
public sealed class TraceReplayException : Exception
{
    /// <summary>Makes a failure.</summary>
    /// <param name="message">Entry, sentence, what was seen.</param>
    public TraceReplayException(string message)
        : base(message)
    {
    }
}
