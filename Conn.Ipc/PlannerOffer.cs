namespace Conn.Ipc;

/// <summary>An owner of this process that a server may ask, until it is disposed or the connection is lost.</summary>
internal sealed class PlannerOffer(WireRpc rpc) : IAsyncDisposable
{
    public ValueTask DisposeAsync()
    {
        rpc.Dispose();
        return default;
    }
}
