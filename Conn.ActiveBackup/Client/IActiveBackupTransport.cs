
namespace Conn.ActiveBackup.Client;

/// <summary>A way from owners to an engine.</summary>
public interface IActiveBackupTransport
{
    /// <summary>Connects one owner to the engine.</summary>
    /// <param name="connection">The owner, and the channel by which the engine calls it; the channel must live until the session is disposed.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The session.</returns>
    /// <exception cref="ConnException"><see cref="ErrorCode.NotSupported"/>: no engine runs. <see cref="ErrorCode.NotFound"/>: the owner is not
    /// registered. <see cref="ErrorCode.InUse"/>: it has a session already. <see cref="ErrorCode.Argument"/>: its lease is out of range.</exception>
    ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken);
}
