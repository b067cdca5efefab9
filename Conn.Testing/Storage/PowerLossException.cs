namespace Conn.Testing.Storage;

/// <summary>The power went: nothing works on this storage until <see cref="TearingStorage.Crash"/> has shown what survived.</summary>
public sealed class PowerLossException : Exception
{
    /// <summary>Makes the failure.</summary>
    public PowerLossException()
        : base("The power was lost.")
    {
    }
}
