namespace Conn.Ipc;

/// <summary>Represents what another process asks of the host behind a server. Name and document are the host's choice.</summary>
public sealed record IpcRequest
{
    /// <summary>Gets who asks.</summary>
    public required IpcPeer Peer { get; init; }

    /// <summary>Gets what is asked.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the particulars, in a form of the host's choice, for example JSON. Never trusted.</summary>
    public required string Document { get; init; }

    /// <summary>Gets what sends a report to the process that asks, before the answer. It never waits: a process that is slow misses the older ones.</summary>
    public required Action<string> Report { get; init; }
}
