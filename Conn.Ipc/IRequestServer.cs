using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The calls of a process that asks.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IRequestServer
{
    /// <summary>Asks; completes with the answer.</summary>
    Task<string> AskAsync(long request, string name, string document, CancellationToken cancellationToken);
}
