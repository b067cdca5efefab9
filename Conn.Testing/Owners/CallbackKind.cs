namespace Conn.Testing.Owners;

/// <summary>The callbacks of a data owner, as a script and a trace name them.</summary>
public enum CallbackKind
{
    /// <summary>AllSnapshotsSupplied.</summary>
    AllSnapshotsSupplied = 0,

    /// <summary>ReceiveSnapshotData.</summary>
    ReceiveSnapshotData = 1,

    /// <summary>GetExpectedDataSize.</summary>
    GetExpectedDataSize = 2,

    /// <summary>GetSnapshotData.</summary>
    GetSnapshotData = 3,

    /// <summary>InitialiseGetBackupData.</summary>
    InitialiseGetBackupData = 4,

    /// <summary>GetBackupDataSection.</summary>
    GetBackupDataSection = 5,

    /// <summary>InitialiseRestoreBaseData.</summary>
    InitialiseRestoreBaseData = 6,

    /// <summary>RestoreBaseDataSection.</summary>
    RestoreBaseDataSection = 7,

    /// <summary>InitialiseRestoreIncrementData.</summary>
    InitialiseRestoreIncrementData = 8,

    /// <summary>RestoreIncrementDataSection.</summary>
    RestoreIncrementDataSection = 9,

    /// <summary>RestoreComplete.</summary>
    RestoreComplete = 10,

    /// <summary>InitialiseGetProxyBackupData.</summary>
    InitialiseGetProxyBackupData = 11,

    /// <summary>InitialiseRestoreProxyBaseData.</summary>
    InitialiseRestoreProxyBaseData = 12,

    /// <summary>TerminateMultiStageOperation.</summary>
    TerminateMultiStageOperation = 13,

    /// <summary>GetDataChecksum.</summary>
    GetDataChecksum = 14,

    /// <summary>PrepareRestore of IRestorePrepare.</summary>
    PrepareRestore = 20,

    /// <summary>ResumeRestore of IRestorePrepare.</summary>
    ResumeRestore = 21,

    /// <summary>Recover of IRestorePrepare.</summary>
    Recover = 22,
}
