namespace Conn.Ipc;

/// <summary>Represents the process at the other end of a connection, as the kernel reports it.</summary>
/// <param name="User">The user id. It alone decides what the process may do.</param>
/// <param name="Group">The group id.</param>
/// <param name="Process">The process id, for messages.</param>
public readonly record struct IpcPeer(uint User, uint Group, int Process)
{
    /// <summary>Returns user, group and process.</summary>
    /// <returns>For example <c>process 4711 of user 1000</c>.</returns>
    public override string ToString() => $"process {Process} of user {User}";
}
