namespace Conn.PubSub;

/// <summary>Whether the backup takes all data or what changed. One value at a time; the numbers are published.</summary>
/// <remarks>Source: TBackupIncType.</remarks>
public enum BackupIncType
{
    /// <summary>No backup is in progress.</summary>
    None = 0x000,

    /// <summary>All data.</summary>
    Base = 0x100,

    /// <summary>Only what changed since an earlier backup.</summary>
    Increment = 0x200,
}
