using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>What the server pushes.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IBusClient
{
    /// <summary>Advances the replica.</summary>
    Task ChangesAsync(WireChanges changes);

    /// <summary>Says that a watch has something to read.</summary>
    Task NewsAsync(long watch);
}
