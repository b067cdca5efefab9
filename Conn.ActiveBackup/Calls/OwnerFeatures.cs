namespace Conn.ActiveBackup.Calls;

/// <summary>The optional interfaces of an owner.</summary>
[Flags]
public enum OwnerFeatures
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary><see cref="IRestorePlan"/>.</summary>
    RestorePlan = 1,

    /// <summary><see cref="IRestorePrepare"/>.</summary>
    RestorePrepare = 2,

    /// <summary><see cref="IOwnerRemarks"/>.</summary>
    Remarks = 4,
}
