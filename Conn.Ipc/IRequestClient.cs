using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>What a process that asks is told before the answer.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IRequestClient
{
    Task ReportAsync(long request, string document);
}
