using StreamJsonRpc;
using StreamJsonRpc.Protocol;

namespace Conn.Ipc;

/// <summary>Reads and writes messages. It reads no message while the peer's earlier calls are too many.</summary>
internal sealed class WireHandler(Stream stream, WireFormatter formatter, WireLoad? load) : LengthHeaderMessageHandler(stream, stream, formatter)
{
    /// <summary>The load of the peer; null when it is not bounded.</summary>
    public WireLoad? Load => load;

    /// <summary>The bytes of the message that was read last.</summary>
    public long LastBytes => formatter.LastBytes;

    protected override async ValueTask<JsonRpcMessage?> ReadCoreAsync(CancellationToken cancellationToken)
    {
        if (load is not null)
        {
            await load.RoomAsync(cancellationToken);
        }

        return await base.ReadCoreAsync(cancellationToken);
    }
}
