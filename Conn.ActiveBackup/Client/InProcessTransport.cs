
namespace Conn.ActiveBackup.Client;

/// <summary>The transport between an engine and owners of the same process: a reference, no copy, no thread.</summary>
/// <remarks>Owners that keep it find the next engine that is attached to it. Any thread.</remarks>
public sealed class InProcessTransport : IActiveBackupTransport
{
    private IOwnerGateway? _gateway;

    /// <summary>Attaches the engine that accepts connections from now on.</summary>
    /// <param name="gateway">The engine.</param>
    /// <exception cref="ConnException"><see cref="ErrorCode.InUse"/>: another engine is attached.</exception>
    public void Attach(IOwnerGateway gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        if (Interlocked.CompareExchange(ref _gateway, gateway, null) is { } other && other != gateway)
        {
            throw new ConnException(ErrorCode.InUse, "Another engine is attached to this transport; a transport serves one engine at a time. Dispose that engine first.");
        }
    }

    /// <summary>Detaches an engine; connecting is refused until the next one is attached. Does nothing when it is not attached.</summary>
    /// <param name="gateway">The engine.</param>
    public void Detach(IOwnerGateway gateway) => Interlocked.CompareExchange(ref _gateway, null, gateway);

    /// <inheritdoc/>
    public ValueTask<IEngineSession> ConnectAsync(OwnerConnection connection, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return Volatile.Read(ref _gateway) is { } gateway ? gateway.AcceptAsync(connection, cancellationToken) : throw new ConnException(
            ErrorCode.NotSupported, $"Owner {connection.Owner} cannot connect: no engine runs in this process. Start a BackupEngine first.");
    }
}
