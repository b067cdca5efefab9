namespace Conn.ActiveBackup.Client;

/// <summary>The engine's side of a transport: it accepts the connections of owners.</summary>
public interface IOwnerGateway
{
    /// <summary>Accepts a connection; errors as <see cref="IActiveBackupTransport.ConnectAsync"/>.</summary>
    /// <param name="connection">The owner, and the channel by which the engine calls it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The session.</returns>
    ValueTask<IEngineSession> AcceptAsync(OwnerConnection connection, CancellationToken cancellationToken);
}
