using static Conn.ActiveBackup.Machines.CallbackEvent;
using static Conn.ActiveBackup.Machines.DriveState;
using Row = Conn.ActiveBackup.Machines.MachineRow<Conn.ActiveBackup.Machines.DriveState, Conn.ActiveBackup.Machines.CallbackEvent>;

namespace Conn.ActiveBackup.Machines;

/// <summary>The legal order of the callbacks on one drive of one owner: the only place where it is written down.</summary>
/// <remarks>
/// <see cref="CallbackMachine"/> adds what spans drives: one open stream per owner, data only from an owner that is ready, and nothing more to
/// restore on a drive that is prepared.
/// </remarks>
public static class CallbackTable
{
    private static readonly Row[] BackupRows =
    [
        new(BackupFresh, ReceiveSnapshotData, BackupSnapshotOpen),
        new(BackupFresh, ReceiveLastSnapshotData, BackupSnapshotGiven),
        new(BackupFresh, SnapshotRefused, BackupFresh),
        new(BackupFresh, AllSnapshotsSupplied, BackupBase),
        new(BackupFresh, Recover, BackupFresh),
        new(BackupFresh, GetDataChecksum, BackupFresh),
        new(BackupSnapshotOpen, ReceiveSnapshotData, BackupSnapshotOpen),
        new(BackupSnapshotOpen, ReceiveLastSnapshotData, BackupSnapshotGiven),
        new(BackupSnapshotOpen, SnapshotRefused, BackupFresh),
        new(BackupSnapshotGiven, SnapshotRefused, BackupFresh),
        new(BackupSnapshotGiven, AllSnapshotsSupplied, BackupIncrement),
        new(BackupBase, SnapshotRefused, BackupBase),
        new(BackupBase, GetExpectedDataSize, BackupBase),
        new(BackupBase, InitialiseGetBackupData, BackupDataOpen),
        new(BackupIncrement, SnapshotRefused, BackupBase),
        new(BackupIncrement, GetExpectedDataSize, BackupIncrement),
        new(BackupIncrement, InitialiseGetBackupData, BackupDataOpen),
        new(BackupDataOpen, GetBackupDataSection, BackupDataOpen),
        new(BackupDataOpen, BackupDataFinished, BackupDataDone),
        new(BackupDataDone, GetSnapshotData, BackupNewSnapshotOpen),
        new(BackupDataDone, SnapshotRefused, BackupDone),
        new(BackupDataDone, GetDataChecksum, BackupDataDone),
        new(BackupNewSnapshotOpen, GetSnapshotData, BackupNewSnapshotOpen),
        new(BackupNewSnapshotOpen, SnapshotDataFinished, BackupDone),
        new(BackupNewSnapshotOpen, SnapshotRefused, BackupDone),
        new(BackupDone, GetDataChecksum, BackupDone),
    ];

    private static readonly Row[] RestoreRows =
    [
        new(RestoreFresh, ReceiveSnapshotData, RestoreSnapshotOpen),
        new(RestoreFresh, ReceiveLastSnapshotData, RestoreSnapshotGiven),
        new(RestoreFresh, SnapshotRefused, RestoreFresh),
        new(RestoreFresh, InitialiseRestoreBaseData, RestoreBaseOpen),
        new(RestoreFresh, Recover, RestoreFresh),
        new(RestoreFresh, ResumeRestore, RestorePrepared),
        new(RestoreFresh, GetDataChecksum, RestoreFresh),
        new(RestoreSnapshotOpen, ReceiveSnapshotData, RestoreSnapshotOpen),
        new(RestoreSnapshotOpen, ReceiveLastSnapshotData, RestoreSnapshotGiven),
        new(RestoreSnapshotOpen, SnapshotRefused, RestoreFresh),
        new(RestoreSnapshotGiven, SnapshotRefused, RestoreFresh),
        new(RestoreSnapshotGiven, InitialiseRestoreBaseData, RestoreBaseOpen),
        new(RestoreBaseOpen, RestoreBaseDataSection, RestoreBaseOpen),
        new(RestoreBaseOpen, RestoreLastBaseDataSection, RestoreDataDone),
        new(RestoreDataDone, InitialiseRestoreIncrementData, RestoreIncrementOpen),
        new(RestoreDataDone, PrepareRestore, RestorePrepared),
        new(RestoreDataDone, RestoreComplete, RestoreCompleted),
        new(RestoreIncrementOpen, RestoreIncrementDataSection, RestoreIncrementOpen),
        new(RestoreIncrementOpen, RestoreLastIncrementDataSection, RestoreDataDone),
        new(RestorePrepared, RestoreComplete, RestoreCompleted),
        new(RestoreCompleted, RestoreComplete, RestoreCompleted),
        new(RestoreCompleted, GetDataChecksum, RestoreCompleted),
    ];

    private static readonly Row[] ProxyRows =
    [
        new(ProxyFresh, InitialiseGetProxyBackupData, ProxyDataOpen),
        new(ProxyDataOpen, GetBackupDataSection, ProxyDataOpen),
        new(ProxyDataOpen, BackupDataFinished, ProxyDone),
        new(ProxyRestoreFresh, InitialiseRestoreProxyBaseData, ProxyRestoreOpen),
        new(ProxyRestoreOpen, RestoreBaseDataSection, ProxyRestoreOpen),
        new(ProxyRestoreOpen, RestoreLastBaseDataSection, ProxyRestoreDone),
        new(ProxyRestoreDone, PrepareRestore, ProxyRestorePrepared),
        new(ProxyRestoreDone, RestoreComplete, ProxyRestoreCompleted),
        new(ProxyRestorePrepared, RestoreComplete, ProxyRestoreCompleted),
        new(ProxyRestoreCompleted, RestoreComplete, ProxyRestoreCompleted),
    ];

    /// <summary>The table.</summary>
    public static MachineTable<DriveState, CallbackEvent> Instance { get; } = new("CallbackMachine", BackupFresh,
        [.. BackupRows, .. RestoreRows, .. ProxyRows, .. EndRows()]);

    /// <summary>Whether a stream is open in a state: no other drive of the owner may open one then.</summary>
    /// <param name="state">The state.</param>
    /// <returns>True while sections of one stream are handed over.</returns>
    public static bool IsOpen(DriveState state) => state is BackupSnapshotOpen or BackupDataOpen or BackupNewSnapshotOpen
        or RestoreSnapshotOpen or RestoreBaseOpen or RestoreIncrementOpen or ProxyDataOpen or ProxyRestoreOpen;

    /// <summary>Whether restored data is in place in a state: terminating does not take it back.</summary>
    /// <param name="state">The state.</param>
    /// <returns>True after RestoreComplete, for an owner's own data and for another owner's.</returns>
    public static bool IsCompleted(DriveState state) => state is RestoreCompleted or ProxyRestoreCompleted;

    /// <summary>Whether an event is legal only for an owner that has confirmed its readiness.</summary>
    /// <param name="event">The event.</param>
    /// <returns>False for snapshots, sizes, checksums and endings.</returns>
    public static bool NeedsReady(CallbackEvent @event) => @event is InitialiseGetBackupData or GetBackupDataSection or GetSnapshotData
        or InitialiseRestoreBaseData or RestoreBaseDataSection or RestoreLastBaseDataSection
        or InitialiseRestoreIncrementData or RestoreIncrementDataSection or RestoreLastIncrementDataSection
        or PrepareRestore or ResumeRestore or RestoreComplete or InitialiseGetProxyBackupData or InitialiseRestoreProxyBaseData;

    /// <summary>Every state can fail and be terminated; restored data that is in place stays.</summary>
    private static IEnumerable<Row> EndRows()
    {
        foreach (DriveState state in Enum.GetValues<DriveState>())
        {
            yield return new Row(state, Terminate, IsCompleted(state) ? state : Terminated);
            yield return new Row(state, CallbackFailed, state == Terminated ? Terminated : Failed);
        }
    }
}
