namespace Conn.ActiveBackup.Calls;

/// <summary>The calls that an engine makes of a data owner: the callbacks of the contract, and two of the connection itself.</summary>
/// <remarks>The numbers cross process boundaries: add at the end, never reuse one. <see cref="OwnerCallRules"/> says when each is legal.</remarks>
public enum OwnerCallKind
{
    /// <summary>Says that the engine lives, which renews the owner's lease. Handled by the connection; it never reaches the owner.</summary>
    KeepAlive = 0,

    /// <summary>Begins an operation: every drive is fresh. The result says which optional interfaces the owner has.</summary>
    Begin = 1,

    /// <summary><see cref="Contract.IActiveBackupDataClient.AllSnapshotsSuppliedAsync"/>.</summary>
    AllSnapshotsSupplied = 2,

    /// <summary><see cref="Contract.IActiveBackupDataClient.ReceiveSnapshotDataAsync"/>.</summary>
    ReceiveSnapshotData = 3,

    /// <summary><see cref="Contract.IActiveBackupDataClient.GetExpectedDataSizeAsync"/>.</summary>
    GetExpectedDataSize = 4,

    /// <summary><see cref="Contract.IActiveBackupDataClient.GetSnapshotDataAsync"/>.</summary>
    GetSnapshotData = 5,

    /// <summary><see cref="Contract.IActiveBackupDataClient.InitialiseGetBackupDataAsync"/>.</summary>
    InitialiseGetBackupData = 6,

    /// <summary><see cref="Contract.IActiveBackupDataClient.GetBackupDataSectionAsync"/>.</summary>
    GetBackupDataSection = 7,

    /// <summary><see cref="Contract.IActiveBackupDataClient.InitialiseRestoreBaseDataAsync"/>.</summary>
    InitialiseRestoreBaseData = 8,

    /// <summary><see cref="Contract.IActiveBackupDataClient.RestoreBaseDataSectionAsync"/>.</summary>
    RestoreBaseDataSection = 9,

    /// <summary><see cref="Contract.IActiveBackupDataClient.InitialiseRestoreIncrementDataAsync"/>.</summary>
    InitialiseRestoreIncrementData = 10,

    /// <summary><see cref="Contract.IActiveBackupDataClient.RestoreIncrementDataSectionAsync"/>.</summary>
    RestoreIncrementDataSection = 11,

    /// <summary><see cref="Contract.IActiveBackupDataClient.RestoreCompleteAsync"/>.</summary>
    RestoreComplete = 12,

    /// <summary><see cref="Contract.IActiveBackupDataClient.InitialiseGetProxyBackupDataAsync"/>.</summary>
    InitialiseGetProxyBackupData = 13,

    /// <summary><see cref="Contract.IActiveBackupDataClient.InitialiseRestoreProxyBaseDataAsync"/>.</summary>
    InitialiseRestoreProxyBaseData = 14,

    /// <summary><see cref="Contract.IActiveBackupDataClient.TerminateMultiStageOperationAsync"/>.</summary>
    TerminateMultiStageOperation = 15,

    /// <summary><see cref="Contract.IActiveBackupDataClient.GetDataChecksumAsync"/>.</summary>
    GetDataChecksum = 16,

    /// <summary><see cref="Contract.IRestorePlan.PlanRestoreAsync"/>.</summary>
    PlanRestore = 17,

    /// <summary><see cref="Contract.IRestorePrepare.PrepareRestoreAsync"/>.</summary>
    PrepareRestore = 18,

    /// <summary><see cref="Contract.IRestorePrepare.ResumeRestoreAsync"/>.</summary>
    ResumeRestore = 19,

    /// <summary><see cref="Contract.IRestorePrepare.RecoverAsync"/>.</summary>
    Recover = 20,

    /// <summary><see cref="Contract.IOwnerRemarks.TakeRemarksAsync"/>.</summary>
    TakeRemarks = 21,
}
