using Conn.ActiveBackup.Machines;
using Conn.PubSub;
using static Conn.Engine.Modes.BurModeEvent;
using static Conn.PubSub.BurPartType;
using Row = Conn.ActiveBackup.Machines.MachineRow<Conn.PubSub.BurPartType, Conn.Engine.Modes.BurModeEvent>;

namespace Conn.Engine.Modes;

/// <summary>The mode of the host: the only place where its order is written down.</summary>
/// <remarks>Never from one operation to another: always through Normal. The way to Normal is never refused.</remarks>
public static class BurModeTable
{
    /// <summary>The table.</summary>
    public static MachineTable<BurPartType, BurModeEvent> Instance { get; } = new("BurModeMachine", Unset,
    [
        new Row(Unset, StartBackupFull, BackupFull),
        new Row(Unset, StartBackupPartial, BackupPartial),
        new Row(Unset, StartRestoreFull, RestoreFull),
        new Row(Unset, StartRestorePartial, RestorePartial),
        new Row(Unset, GoNormal, Normal),
        new Row(Unset, GoUnset, Unset),

        new Row(Normal, StartBackupFull, BackupFull),
        new Row(Normal, StartBackupPartial, BackupPartial),
        new Row(Normal, StartRestoreFull, RestoreFull),
        new Row(Normal, StartRestorePartial, RestorePartial),
        new Row(Normal, GoNormal, Normal),
        new Row(Normal, GoUnset, Unset),

        new Row(BackupFull, GoNormal, Normal),
        new Row(BackupFull, GoUnset, Unset),
        new Row(BackupPartial, GoNormal, Normal),
        new Row(BackupPartial, GoUnset, Unset),
        new Row(RestoreFull, GoNormal, Normal),
        new Row(RestoreFull, GoUnset, Unset),
        new Row(RestorePartial, GoNormal, Normal),
        new Row(RestorePartial, GoUnset, Unset),
    ]);
}
