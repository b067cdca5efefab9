
namespace Conn.Engine;

/// <summary>How an owner's part ended.</summary>
public enum OwnerOutcome
{
    /// <summary>All of its data.</summary>
    Succeeded = 0,

    /// <summary>Kept, but something was left out; the errors name it.</summary>
    Incomplete = 1,

    /// <summary>The restore was not committed: nothing of this owner changed.</summary>
    Skipped = 2,

    /// <summary>Nothing of it was kept or put in place.</summary>
    Failed = 3,
}
