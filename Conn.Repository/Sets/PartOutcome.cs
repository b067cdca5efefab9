namespace Conn.Repository.Sets;

/// <summary>Specifies the outcome of the part of one owner. Stored as its number.</summary>
public enum PartOutcome
{
    /// <summary>All data of the owner is stored.</summary>
    Succeeded = 0,

    /// <summary>Data is stored, but some is missing; the errors say what.</summary>
    Incomplete = 1,

    /// <summary>The owner was not backed up. Nothing is stored.</summary>
    Skipped = 2,

    /// <summary>The owner failed. Nothing is stored.</summary>
    Failed = 3,
}
