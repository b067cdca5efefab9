using Conn.ActiveBackup.Client;

namespace Conn.Testing.Simulation;

/// <summary>An owner's way to the engine of the current host, direct or by a simulated socket; keeps the connection, so that illegal calls can be tried on it.</summary>
internal sealed class SimulatedTransport(SimulationRun run, SimulatedOwner owner, SimulatedHost host) : IActiveBackupTransport
{
    private const int MaxOvertakenTicks = 4000;

    public async ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        owner.Channel = connection.Channel;
        if (!run.Options.Socket)
        {
            return await host.Engine.Transport.ConnectAsync(connection, cancellationToken);
        }

        owner.Socket?.Overtaken(TimeSpan.FromTicks(run.SocketRandom.Next(1, MaxOvertakenTicks)));
        owner.Socket = new SimulatedSocket(run, owner, host, connection, run.SocketRandom);
        return await owner.Socket.OpenAsync(cancellationToken);
    }
}
