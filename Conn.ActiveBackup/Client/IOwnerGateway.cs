using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>The engine's side of a transport: it takes connections of owners.</summary>
public interface IOwnerGateway
{
    /// <summary>Takes a connection; errors as <see cref="IActiveBackupTransport.ConnectAsync"/>.</summary>
    /// <param name="owner">The owner's id.</param>
    /// <param name="endpoint">Where the owner is reached.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The session.</returns>
    ValueTask<IEngineSession> AcceptAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken);
}
