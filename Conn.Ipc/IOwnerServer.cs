using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The calls of an owner's process.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IOwnerServer
{
    /// <summary>Returns the token for the connection that carries the sections.</summary>
    Task<byte[]> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Sends memory for sections through the connection for sections, before it returns. Once, after that connection and before the owner connects.</summary>
    /// <exception cref="ConnException">NotSupported: there is none; sections go through the connection.</exception>
    Task ShareAsync(uint owner, CancellationToken cancellationToken);

    /// <summary>Connects the owner to the engine.</summary>
    Task ConnectAsync(WireOwner owner, CancellationToken cancellationToken);

    Task<WireMode> ModeAsync(CancellationToken cancellationToken);

    Task<bool> AffectsMeAsync(CancellationToken cancellationToken);

    Task ConfirmAsync(int code, CancellationToken cancellationToken);

    Task ProgressAsync();

    /// <summary>Ends the session.</summary>
    Task CloseAsync();
}
