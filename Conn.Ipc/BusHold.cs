using Conn.PubSub;

namespace Conn.Ipc;

/// <summary>A handle or an observation: what keeps a property in the replica.</summary>
internal sealed class BusHold(IpcPropertyClient client, PropertyName name)
{
    public IpcPropertyClient Client => client;

    public PropertyName Name => name;

    /// <summary>The connection whose server counts it; null for none. Guarded by the connection's lock, as is everything below.</summary>
    public BusLine? Line { get; set; }

    /// <summary>The subscriber that it is; null while it is none.</summary>
    public SubscriptionKind? Subscriber { get; set; }

    /// <summary>Says whether it still is that subscriber: a publish ends one-shot subscriptions without a report.</summary>
    public Func<bool> IsSubscribed { get; init; } = static () => true;
}
