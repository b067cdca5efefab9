using PolyType;
using StreamJsonRpc;

namespace Conn.Ipc;

/// <summary>The calls of a client of the bus. They are carried out in the order in which they arrive.</summary>
[JsonRpcContract]
[GenerateShape(IncludeMethods = MethodShapeFlags.PublicInstance)]
internal partial interface IBusServer
{
    Task<WireStore> OpenStoreAsync(CancellationToken cancellationToken);

    /// <summary>Opens a client; returns its number.</summary>
    Task<int> OpenAsync(uint secureId, uint capabilities, uint vendorId, CancellationToken cancellationToken);

    Task<WireOutcome> CloseAsync(int client);

    Task<WireOutcome> DefineAsync(int client, WireName name, WireDefinition definition, CancellationToken cancellationToken);

    Task<WireOutcome> DeleteAsync(int client, WireName name, CancellationToken cancellationToken);

    /// <summary>Adds a property to what the server pushes.</summary>
    Task<WireOutcome> AttachAsync(int client, WireName name, CancellationToken cancellationToken);

    /// <summary>Adds properties that the client had before its connection was lost. Pushed is what it does not have.</summary>
    Task<WireOutcome> ResumeAsync(WireHeld[] held, CancellationToken cancellationToken);

    /// <summary>Takes back one <see cref="AttachAsync"/>.</summary>
    void Detach(WireName name);

    Task<WireReading> ReadAsync(int client, WireName name, CancellationToken cancellationToken);

    Task<WireOutcome> SetAsync(int client, WireName name, WireValue value, long? expected, CancellationToken cancellationToken);

    Task<WireOutcome> PublishAsync(int client, WireBatch batch, CancellationToken cancellationToken);

    Task<WireList> ListAsync(int client, uint? category, CancellationToken cancellationToken);

    /// <summary>Says whether another connection, or the server's process, has a subscriber.</summary>
    Task<bool> HasSubscribersAsync(int client, WireName name, CancellationToken cancellationToken);

    /// <summary>Lists the subscribers of the server's process and of the other connections.</summary>
    Task<WireSubscription[]> ListSubscriptionsAsync(CancellationToken cancellationToken);

    /// <summary>Reports a subscriber of the client's process.</summary>
    void Report(int client, WireName name, int kind, bool begins);

    /// <summary>Returns the take that has everything from before the call.</summary>
    Task<WireOutcome> MarkAsync(CancellationToken cancellationToken);

    void BeginWatch(int client, long watch, uint? category, long? after);

    Task<WireEvents> ReadWatchAsync(long watch, int most, CancellationToken cancellationToken);

    void EndWatch(long watch);
}
