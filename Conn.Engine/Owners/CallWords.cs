using Conn.ActiveBackup.Calls;

namespace Conn.Engine.Owners;

/// <summary>What an owner does during a call, in words for a message. A user knows the owner and not its callbacks; a program reads
/// <see cref="DataOwnerException.Call"/>.</summary>
internal static class CallWords
{
    public static string Of(OwnerCallKind kind) => kind switch
    {
        OwnerCallKind.KeepAlive or OwnerCallKind.Begin => "the operation began",
        OwnerCallKind.AllSnapshotsSupplied or OwnerCallKind.ReceiveSnapshotData => "it took its last snapshot back",
        OwnerCallKind.GetExpectedDataSize => "it measured its data",
        OwnerCallKind.GetSnapshotData => "it handed over its snapshot",
        OwnerCallKind.InitialiseGetBackupData or OwnerCallKind.GetBackupDataSection => "it handed over its data",
        OwnerCallKind.InitialiseGetProxyBackupData => "it handed over the data that it keeps for another owner",
        OwnerCallKind.InitialiseRestoreBaseData or OwnerCallKind.RestoreBaseDataSection
            or OwnerCallKind.InitialiseRestoreIncrementData or OwnerCallKind.RestoreIncrementDataSection => "it took its data back",
        OwnerCallKind.InitialiseRestoreProxyBaseData => "it took the data back that it keeps for another owner",
        OwnerCallKind.PlanRestore => "it checked whether it can take a restore",
        OwnerCallKind.PrepareRestore => "it prepared what it had taken back",
        OwnerCallKind.RestoreComplete => "it put the restored data in place",
        OwnerCallKind.ResumeRestore => "it carried an earlier restore through",
        OwnerCallKind.Recover => "it removed what earlier restores had left",
        OwnerCallKind.TerminateMultiStageOperation => "it was terminated",
        OwnerCallKind.GetDataChecksum => "it computed a checksum",
        _ => "it reported its remarks",
    };
}
