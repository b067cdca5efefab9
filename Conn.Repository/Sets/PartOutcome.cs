namespace Conn.Repository.Sets;

/// <summary>How the part of one owner ended. Stored as its number.</summary>
public enum PartOutcome
{
    /// <summary>All its data is stored.</summary>
    Succeeded = 0,

    /// <summary>Stored, but something was left out; the errors name it.</summary>
    Incomplete = 1,

    /// <summary>The owner was not asked, or had nothing to do with it; nothing is stored.</summary>
    Skipped = 2,

    /// <summary>The owner failed; nothing is stored.</summary>
    Failed = 3,
}
