namespace Conn.ActiveBackup;

/// <summary>What an owner's failure means for the whole operation.</summary>
public enum OwnerPolicy
{
    /// <summary>Its failure makes a backup failed, and stops a restore before anything changed.</summary>
    Required = 0,

    /// <summary>Its failure makes a backup partial; a restore goes on without it.</summary>
    BestEffort = 1,
}
