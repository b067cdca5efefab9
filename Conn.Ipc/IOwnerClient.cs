using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The calls of the engine.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IOwnerClient
{
    /// <summary>Makes one call of the owner.</summary>
    Task<WireResult> InvokeAsync(WireCall call);

    /// <summary>Asks the owner to stop a call.</summary>
    Task CancelAsync(long call);

    /// <summary>The engine ends the session: the operation is over.</summary>
    Task EndAsync();
}
