namespace Conn.Ipc;

/// <summary>What a user has a share of.</summary>
internal enum Share
{
    /// <summary>Connections.</summary>
    Connections = 0,

    /// <summary>Attached and observed properties.</summary>
    Properties = 1,

    /// <summary>Clients and watches.</summary>
    Subscriptions = 2,
}
