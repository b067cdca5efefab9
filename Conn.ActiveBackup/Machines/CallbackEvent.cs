namespace Conn.ActiveBackup.Machines;

/// <summary>A callback about to be made, or what one that was made turned out to be.</summary>
public enum CallbackEvent
{
    /// <summary>A piece of an old snapshot, not the last.</summary>
    ReceiveSnapshotData = 0,

    /// <summary>The last piece of an old snapshot.</summary>
    ReceiveLastSnapshotData = 1,

    /// <summary>The owner said a snapshot is of no use, or that it keeps none.</summary>
    SnapshotRefused = 2,

    /// <summary>All snapshots there are have been supplied.</summary>
    AllSnapshotsSupplied = 3,

    /// <summary>The size is asked for.</summary>
    GetExpectedDataSize = 4,

    /// <summary>The backup stream of a drive is opened.</summary>
    InitialiseGetBackupData = 5,

    /// <summary>A section is asked for.</summary>
    GetBackupDataSection = 6,

    /// <summary>The owner said that the data ended.</summary>
    BackupDataFinished = 7,

    /// <summary>A piece of the new snapshot is asked for.</summary>
    GetSnapshotData = 8,

    /// <summary>The owner said that the new snapshot ended.</summary>
    SnapshotDataFinished = 9,

    /// <summary>The base of a drive is opened for restore.</summary>
    InitialiseRestoreBaseData = 10,

    /// <summary>A section of the base, not the last.</summary>
    RestoreBaseDataSection = 11,

    /// <summary>The last section of the base.</summary>
    RestoreLastBaseDataSection = 12,

    /// <summary>The next increment of a drive is opened for restore.</summary>
    InitialiseRestoreIncrementData = 13,

    /// <summary>A section of the increment, not the last.</summary>
    RestoreIncrementDataSection = 14,

    /// <summary>The last section of the increment.</summary>
    RestoreLastIncrementDataSection = 15,

    /// <summary>The fallible part of taking over is done.</summary>
    PrepareRestore = 16,

    /// <summary>What an earlier run prepared is taken up.</summary>
    ResumeRestore = 17,

    /// <summary>The restored data becomes the owner's own.</summary>
    RestoreComplete = 18,

    /// <summary>Data kept for another owner is asked for.</summary>
    InitialiseGetProxyBackupData = 19,

    /// <summary>Data kept for another owner is restored.</summary>
    InitialiseRestoreProxyBaseData = 20,

    /// <summary>Whatever is open ends.</summary>
    Terminate = 21,

    /// <summary>The checksum is asked for.</summary>
    GetDataChecksum = 22,

    /// <summary>A callback failed: nothing but Terminate may follow.</summary>
    CallbackFailed = 23,

    /// <summary>What interrupted restores left is removed.</summary>
    Recover = 24,
}
