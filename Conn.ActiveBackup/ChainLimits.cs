namespace Conn.ActiveBackup;

/// <summary>Represents how long a chain of increments may become before the owner gives a new base. A restore reads the whole chain, and a prune keeps it.</summary>
/// <remarks>The first limit that is reached counts. When the caller asks for an increment, a reached limit is a note, not a refusal.</remarks>
public sealed record ChainLimits
{
    /// <summary>Gets the limits of an owner that says nothing: 30 increments, the size of the base, 35 days.</summary>
    public static ChainLimits Default { get; } = new();

    /// <summary>Gets limits that are never reached.</summary>
    public static ChainLimits None { get; } = new() { MaxIncrements = int.MaxValue, MaxPercent = int.MaxValue, MaxAge = TimeSpan.MaxValue };

    /// <summary>Gets the number of increments after which a base follows. 0 or more; the default is 30.</summary>
    public int MaxIncrements { get; init; } = 30;

    /// <summary>Gets the stored bytes of all increments, in percent of those of their base, above which a base follows. 0 or more; the default is 100.</summary>
    /// <remarks>Increments of less than 1 MiB together never reach this limit: a base would free nothing that matters.</remarks>
    public int MaxPercent { get; init; } = 100;

    /// <summary>Gets the age of the base from which a base follows. Greater than zero; the default is 35 days.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(35);
}
