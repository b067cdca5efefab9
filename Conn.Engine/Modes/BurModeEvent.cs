namespace Conn.Engine.Modes;

/// <summary>What moves the host's mode.</summary>
public enum BurModeEvent
{
    /// <summary>A backup of all components starts.</summary>
    StartBackupFull = 0,

    /// <summary>A backup of selected components starts.</summary>
    StartBackupPartial = 1,

    /// <summary>A restore of all components starts.</summary>
    StartRestoreFull = 2,

    /// <summary>A restore of selected components starts.</summary>
    StartRestorePartial = 3,

    /// <summary>The operation is over, whatever became of it.</summary>
    GoNormal = 4,

    /// <summary>The engine stops.</summary>
    GoUnset = 5,
}
