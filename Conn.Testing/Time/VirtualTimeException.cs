namespace Conn.Testing.Time;

/// <summary>A scenario broke a rule of virtual time; the message says which.</summary>
public sealed class VirtualTimeException : Exception
{
    /// <summary>Makes a failure.</summary>
    /// <param name="message">What happened.</param>
    public VirtualTimeException(string message)
        : base(message)
    {
    }

    /// <summary>The failure of something that has no place in virtual time.</summary>
    internal static VirtualTimeException Foreign(string what) =>
        new($"{what} happened on a foreign thread: something on the way used the thread pool (ConfigureAwait(false), Task.Run, a real timer).");
}
