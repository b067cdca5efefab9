using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The calls of an owner's process that lets the engine ask it outside of operations.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IPlanServer
{
    /// <summary>From now on, as long as the connection lasts, the engine may ask the owner by <see cref="IOwnerClient.InvokeAsync"/>. Once for each connection.</summary>
    /// <param name="secureId">The owner.</param>
    /// <param name="name">Its name, or null.</param>
    /// <param name="places">The absolute paths of its files and folders; null when it has none.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task OfferAsync(uint secureId, string? name, string[]? places, CancellationToken cancellationToken);
}
