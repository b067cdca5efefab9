namespace Conn.ActiveBackup;

/// <summary>Where a data owner stands in the present operation.</summary>
/// <remarks>Source: TDataOwnerStatus; the numbers are the original's.</remarks>
public enum DataOwnerStatus
{
    /// <summary>Nothing is known yet.</summary>
    Unset = 0,

    /// <summary>No owner of this id is registered.</summary>
    NotFound = 1,

    /// <summary>Ready: data may be asked for.</summary>
    Ready = 2,

    /// <summary>Connected, and has not confirmed yet.</summary>
    NotReady = 3,

    /// <summary>Failed, with a code; sticky until the operation ends.</summary>
    Failed = 4,

    /// <summary>Registered, and has no client.</summary>
    NotConnected = 5,

    /// <summary>Ready and without callbacks: quiet, no data to ask for.</summary>
    ReadyNoImpl = 6,
}
