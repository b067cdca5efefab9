using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>A way from an owner to an engine.</summary>
public interface IActiveBackupTransport
{
    /// <summary>Connects one owner to the engine.</summary>
    /// <param name="owner">The owner's id; it must be registered with the engine.</param>
    /// <param name="endpoint">Where the engine reaches the owner; it must live until the session is disposed.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The session.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>: no engine runs. <see cref="ErrorCode.NotFound"/>: the owner is not
    /// registered. <see cref="ErrorCode.InUse"/>: it has a session already.</exception>
    ValueTask<IEngineSession> ConnectAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken);
}
