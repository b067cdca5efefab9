namespace Conn.Testing.Storage;

/// <summary>The power went: nothing works on this storage until <see cref="TearingStorage.Crash"/> has shown what survived.</summary>
public sealed class PowerLossException : Exception
{
    /// <summary>Makes the failure.</summary>
    public PowerLossException()
        : base("The power was lost.")
    {
    }

    /// <summary>Makes the failure.</summary>
    /// <param name="message">What was being done.</param>
    public PowerLossException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the failure.</summary>
    /// <param name="message">What was being done.</param>
    /// <param name="innerException">What caused it.</param>
    public PowerLossException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
