namespace Conn.ActiveBackup.Calls;

/// <summary>Where one drive of one owner stands in one operation.</summary>
public enum DriveState
{
    /// <summary>Backup: no snapshot was supplied yet.</summary>
    BackupFresh = 0,

    /// <summary>Backup: an old snapshot is being supplied.</summary>
    BackupSnapshotOpen = 1,

    /// <summary>Backup: the old snapshot was supplied.</summary>
    BackupSnapshotGiven = 2,

    /// <summary>Backup: all snapshots were supplied, none for this drive: a base.</summary>
    BackupBase = 3,

    /// <summary>Backup: all snapshots were supplied, one for this drive: an increment.</summary>
    BackupIncrement = 4,

    /// <summary>Backup: the data stream is open.</summary>
    BackupDataOpen = 5,

    /// <summary>Backup: the data has ended.</summary>
    BackupDataDone = 6,

    /// <summary>Backup: the new snapshot is being handed over.</summary>
    BackupNewSnapshotOpen = 7,

    /// <summary>Backup: data and snapshot have ended.</summary>
    BackupDone = 8,

    /// <summary>Restore: nothing was given yet.</summary>
    RestoreFresh = 9,

    /// <summary>Restore: the snapshot is being supplied.</summary>
    RestoreSnapshotOpen = 10,

    /// <summary>Restore: the snapshot was supplied.</summary>
    RestoreSnapshotGiven = 11,

    /// <summary>Restore: the base is open.</summary>
    RestoreBaseOpen = 12,

    /// <summary>Restore: the base, and every increment opened so far, has ended.</summary>
    RestoreDataDone = 13,

    /// <summary>Restore: an increment is open.</summary>
    RestoreIncrementOpen = 14,

    /// <summary>Restore: prepared, only the swap is left.</summary>
    RestorePrepared = 15,

    /// <summary>Restore: the data is in place.</summary>
    RestoreCompleted = 16,

    /// <summary>Proxy, backup: another owner's data has not been asked for yet.</summary>
    ProxyFresh = 17,

    /// <summary>Proxy, backup: another owner's data is being handed over.</summary>
    ProxyDataOpen = 18,

    /// <summary>Proxy, restore: another owner's data is being given.</summary>
    ProxyRestoreOpen = 19,

    /// <summary>Proxy, backup: another owner's data has ended.</summary>
    ProxyDone = 20,

    /// <summary>A callback failed; only Terminate is left.</summary>
    Failed = 21,

    /// <summary>Terminated: everything was released.</summary>
    Terminated = 22,

    /// <summary>Proxy, restore: nothing of another owner's data was given yet.</summary>
    ProxyRestoreFresh = 23,

    /// <summary>Proxy, restore: another owner's data has ended.</summary>
    ProxyRestoreDone = 24,

    /// <summary>Proxy, restore: another owner's data is prepared, only the swap is left.</summary>
    ProxyRestorePrepared = 25,

    /// <summary>Proxy, restore: another owner's data is in place.</summary>
    ProxyRestoreCompleted = 26,
}
