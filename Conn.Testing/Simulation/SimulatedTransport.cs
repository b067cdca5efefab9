using Conn.ActiveBackup.Client;
using Conn.PubSub.Security;

namespace Conn.Testing.Simulation;

/// <summary>An owner's way to the engine of the present host; tells the simulation when a connection begins.</summary>
internal sealed class SimulatedTransport(SimulationRun run, SimulatedOwner owner, SimulatedHost host) : IActiveBackupTransport
{
    public async ValueTask<IEngineSession> ConnectAsync(SecureId sid, IOwnerEndpoint endpoint, CancellationToken cancellationToken)
    {
        run.Connecting(owner, endpoint);
        return await host.Engine.Transport.ConnectAsync(sid, endpoint, cancellationToken);
    }
}
