namespace Conn.Ipc;

/// <summary>The calls of an owner's process that lets the engine ask it outside of operations.</summary>
internal interface IPlanServer
{
    /// <summary>From now on, as long as the connection lasts, the engine may ask the owner by <see cref="IOwnerClient.InvokeAsync"/>. Once for each connection.</summary>
    Task OfferAsync(uint secureId, string? name, CancellationToken cancellationToken);
}
