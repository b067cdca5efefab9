namespace Conn.PubSub;

/// <summary>What the host as a whole is engaged in. One value at a time; the numbers are published.</summary>
/// <remarks>Source: TBURPartType.</remarks>
public enum BurPartType
{
    /// <summary>The mode was never set: no operation is active.</summary>
    Unset = 0x00,

    /// <summary>No operation is active.</summary>
    Normal = 0x01,

    /// <summary>A backup of all components.</summary>
    BackupFull = 0x02,

    /// <summary>A backup of selected components.</summary>
    BackupPartial = 0x04,

    /// <summary>A restore of all components.</summary>
    RestoreFull = 0x08,

    /// <summary>A restore of selected components.</summary>
    RestorePartial = 0x10,
}
