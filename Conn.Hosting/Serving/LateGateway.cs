using Conn.ActiveBackup.Client;
using Conn.Engine;
using Conn.PubSub.Security;

namespace Conn.Hosting.Serving;

/// <summary>The engine for a server that is there before it; owners connect only after it is set.</summary>
internal sealed class LateGateway : IOwnerGateway
{
    private volatile BackupEngine? _engine;

    public BackupEngine? Engine
    {
        set => _engine = value;
    }

    private BackupEngine Started => _engine ?? throw new ConnException(ErrorCode.NotReady, "The host is starting. Try again.");

    public ValueTask<IEngineSession> AcceptAsync(OwnerConnection connection, CancellationToken cancellationToken) => Started.AcceptAsync(connection, cancellationToken);

    public bool IsRegistered(SecureId owner) => Started.IsRegistered(owner);
}
