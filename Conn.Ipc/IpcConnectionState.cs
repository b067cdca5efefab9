namespace Conn.Ipc;

/// <summary>How a store stands with its server.</summary>
public enum IpcConnectionState
{
    /// <summary>Connected: the replica follows the server.</summary>
    Connected = 0,

    /// <summary>The connection was lost and is being made again. Reads of attached properties give the last known values; everything else fails with ServerTerminated.</summary>
    Disconnected = 1,

    /// <summary>The store was closed, or gave up. It connects no more.</summary>
    Ended = 2,
}
