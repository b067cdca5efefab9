using Xunit.Sdk;

namespace Conn.Testing.Marbles;

/// <summary>The modes did not come as they were expected; the message has both timelines and where they part.</summary>
public sealed class ModeMarblesException : XunitException
{
    /// <summary>Makes a failure without words.</summary>
    public ModeMarblesException()
        : this("The modes did not come as they were expected.")
    {
    }

    /// <summary>Makes a failure.</summary>
    /// <param name="message">Both timelines.</param>
    public ModeMarblesException(string message)
        : base(message)
    {
    }

    /// <summary>Makes a failure with a cause.</summary>
    /// <param name="message">Both timelines.</param>
    /// <param name="innerException">The cause.</param>
    public ModeMarblesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
