namespace Conn.ActiveBackup.Calls;

/// <summary>Which drives of an owner a call concerns.</summary>
public enum CallSpan
{
    /// <summary>The owner as a whole: legal in every state, and changes none.</summary>
    Owner = 0,

    /// <summary>The one drive that the call names, of the owner itself or of an owner it keeps data for.</summary>
    Drive = 1,

    /// <summary>All that takes part in a restore on the drive that the call names: the owner's own data, and what it keeps there for other owners.</summary>
    WholeDrive = 2,

    /// <summary>Every drive with data of the owner itself.</summary>
    OwnDrives = 3,

    /// <summary>Every drive, of the owner itself and of those it keeps data for: legal in every state, and moves before the call.</summary>
    Everything = 4,
}
