using Conn.PubSub;
using Conn.PubSub.Security;

namespace Conn.ActiveBackup.Client;

/// <summary>The transport between an engine and owners of the same process: a reference, no copy, no thread.</summary>
public sealed class InProcessTransport : IActiveBackupTransport
{
    private volatile IOwnerGateway? _gateway;

    /// <summary>Says which engine takes connections from now on.</summary>
    /// <param name="gateway">The engine, or null when it stops: connecting is refused then.</param>
    public void Attach(IOwnerGateway? gateway) => _gateway = gateway;

    /// <inheritdoc/>
    public ValueTask<IEngineSession> ConnectAsync(SecureId owner, IOwnerEndpoint endpoint, CancellationToken cancellationToken) =>
        _gateway is { } gateway ? gateway.AcceptAsync(owner, endpoint, cancellationToken) : throw new ConnException(
            ErrorCode.NotSupported, $"Owner {owner} cannot connect: no engine runs in this process. Start a BackupEngine first.");
}
