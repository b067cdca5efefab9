using Xunit.Sdk;

namespace Conn.Testing.Marbles;

/// <summary>The modes did not come as they were expected; the message has both timelines and where they part.</summary>
public sealed class ModeMarblesException : XunitException
{
    /// <summary>Makes a failure.</summary>
    /// <param name="message">Both timelines.</param>
    public ModeMarblesException(string message)
        : base(message)
    {
    }
}
