using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The calls of the engine to a program that offers an owner, beside those of <see cref="IOwnerClient"/>.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IPlanClient
{
    /// <summary>Gives the owner the places that belong to others. They replace those of an earlier call.</summary>
    Task SetOtherPlacesAsync(string[] places);
}
