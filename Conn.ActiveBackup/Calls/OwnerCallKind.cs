namespace Conn.ActiveBackup.Calls;

/// <summary>The calls that an engine makes of a data owner: the callbacks of the contract, and two of the connection itself.</summary>
/// <remarks>The numbers cross process boundaries: add at the end, never reuse one. <see cref="OwnerCallRules"/> says when each is legal.</remarks>
public enum OwnerCallKind
{
    /// <summary>Says that the engine lives, which renews the owner's lease. Handled by the connection; it never reaches the owner.</summary>
    KeepAlive = 0,

    /// <summary>Begins an operation: every drive is fresh. The result says which optional interfaces the owner has.</summary>
    Begin = 1,

    /// <summary><see cref="IActiveBackupDataClient.AllSnapshotsSuppliedAsync"/>.</summary>
    AllSnapshotsSupplied = 2,

    /// <summary><see cref="IActiveBackupDataClient.ReceiveSnapshotDataAsync"/>.</summary>
    ReceiveSnapshotData = 3,

    /// <summary><see cref="IActiveBackupDataClient.GetExpectedDataSizeAsync"/>.</summary>
    GetExpectedDataSize = 4,

    /// <summary><see cref="IActiveBackupDataClient.GetSnapshotDataAsync"/>.</summary>
    GetSnapshotData = 5,

    /// <summary><see cref="IActiveBackupDataClient.InitialiseGetBackupDataAsync"/>.</summary>
    InitialiseGetBackupData = 6,

    /// <summary><see cref="IActiveBackupDataClient.GetBackupDataSectionAsync"/>.</summary>
    GetBackupDataSection = 7,

    /// <summary><see cref="IActiveBackupDataClient.InitialiseRestoreBaseDataAsync"/>.</summary>
    InitialiseRestoreBaseData = 8,

    /// <summary><see cref="IActiveBackupDataClient.RestoreBaseDataSectionAsync"/>.</summary>
    RestoreBaseDataSection = 9,

    /// <summary><see cref="IActiveBackupDataClient.InitialiseRestoreIncrementDataAsync"/>.</summary>
    InitialiseRestoreIncrementData = 10,

    /// <summary><see cref="IActiveBackupDataClient.RestoreIncrementDataSectionAsync"/>.</summary>
    RestoreIncrementDataSection = 11,

    /// <summary><see cref="IActiveBackupDataClient.RestoreCompleteAsync"/>.</summary>
    RestoreComplete = 12,

    /// <summary><see cref="IActiveBackupDataClient.InitialiseGetProxyBackupDataAsync"/>.</summary>
    InitialiseGetProxyBackupData = 13,

    /// <summary><see cref="IActiveBackupDataClient.InitialiseRestoreProxyBaseDataAsync"/>.</summary>
    InitialiseRestoreProxyBaseData = 14,

    /// <summary><see cref="IActiveBackupDataClient.TerminateMultiStageOperationAsync"/>.</summary>
    TerminateMultiStageOperation = 15,

    /// <summary><see cref="IActiveBackupDataClient.GetDataChecksumAsync"/>.</summary>
    GetDataChecksum = 16,

    /// <summary><see cref="IRestorePlan.PlanRestoreAsync"/>.</summary>
    PlanRestore = 17,

    /// <summary><see cref="IRestorePrepare.PrepareRestoreAsync"/>.</summary>
    PrepareRestore = 18,

    /// <summary><see cref="IRestorePrepare.ResumeRestoreAsync"/>.</summary>
    ResumeRestore = 19,

    /// <summary><see cref="IRestorePrepare.RecoverAsync"/>.</summary>
    Recover = 20,

    /// <summary><see cref="IOwnerRemarks.TakeRemarksAsync"/>.</summary>
    TakeRemarks = 21,
}
