namespace Conn.ActiveBackup.Machines;

/// <summary>What moves an owner's readiness.</summary>
public enum ReadinessEvent
{
    /// <summary>A client of this owner connected.</summary>
    Connect = 0,

    /// <summary>The owner confirmed and has callbacks.</summary>
    ConfirmReady = 1,

    /// <summary>The owner confirmed and has no callbacks.</summary>
    ConfirmReadyNoImpl = 2,

    /// <summary>The owner confirmed with an error, a callback of it failed, or nothing was heard of it in time.</summary>
    Fail = 3,

    /// <summary>The owner's client was closed, or the owner went away.</summary>
    Close = 4,

    /// <summary>The operation ended; the next one starts from the first state.</summary>
    End = 5,
}
