using Conn.ActiveBackup.Calls;

namespace Conn.Engine.Tests;

/// <summary>The calls of an owner that can fail before the end of an operation.</summary>
internal static class OwnerCalls
{
    public static readonly OwnerCallKind[] Backup =
    [
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.AllSnapshotsSupplied, OwnerCallKind.GetExpectedDataSize,
        OwnerCallKind.InitialiseGetBackupData, OwnerCallKind.GetBackupDataSection, OwnerCallKind.GetSnapshotData, OwnerCallKind.GetDataChecksum,
    ];

    public static readonly OwnerCallKind[] Restore =
    [
        OwnerCallKind.Recover, OwnerCallKind.ReceiveSnapshotData, OwnerCallKind.InitialiseRestoreBaseData, OwnerCallKind.RestoreBaseDataSection,
        OwnerCallKind.InitialiseRestoreIncrementData, OwnerCallKind.RestoreIncrementDataSection, OwnerCallKind.PrepareRestore,
    ];
}
