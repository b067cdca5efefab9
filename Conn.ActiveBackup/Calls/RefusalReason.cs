namespace Conn.ActiveBackup.Calls;

/// <summary>Why a call is outside the legal order.</summary>
public enum RefusalReason
{
    /// <summary>The state of the drive has no such transition.</summary>
    State = 0,

    /// <summary>No operation has begun with this owner.</summary>
    NotBegun = 1,

    /// <summary>Another drive of the owner has a stream open.</summary>
    OtherStreamOpen = 2,

    /// <summary>The owner has not confirmed its readiness.</summary>
    NotReady = 3,

    /// <summary>Something on the drive is prepared already.</summary>
    Prepared = 4,

    /// <summary>Another call of the owner runs; only Terminate may come then.</summary>
    Busy = 5,
}
