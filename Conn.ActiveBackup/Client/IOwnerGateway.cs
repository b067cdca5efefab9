using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>The engine's side of a transport: it accepts the connections of owners.</summary>
public interface IOwnerGateway
{
    /// <summary>Accepts a connection; errors as <see cref="IActiveBackupTransport.ConnectAsync"/>.</summary>
    /// <param name="connection">The owner, and the channel by which the engine calls it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The session.</returns>
    ValueTask<IEngineSession> AcceptAsync(OwnerConnection connection, CancellationToken cancellationToken);

    /// <summary>Says whether an owner is registered, so that one that is not is told so before an operation needs it. Any thread.</summary>
    /// <param name="owner">The owner's id.</param>
    /// <returns>False only if it is known not to be; a gateway that cannot say it returns true, the default.</returns>
    bool IsRegistered(SecureId owner) => true;
}
