using Conn.ActiveBackup.Client;

namespace Conn.Testing.Simulation;

/// <summary>An owner's way to the engine of the current host; keeps the connection, so that illegal calls can be tried on it.</summary>
internal sealed class SimulatedTransport(SimulatedOwner owner, SimulatedHost host) : IActiveBackupTransport
{
    public ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        owner.Channel = connection.Channel;
        return host.Engine.Transport.ConnectAsync(connection, cancellationToken);
    }
}
