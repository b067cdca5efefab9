using Conn.PubSub.Delivering;
using Conn.PubSub.Replication;

namespace Conn.PubSub.Core;

/// <summary>What a change must start, collected under the store's lock and started outside it by the thread that made the change.</summary>
internal struct PendingWork
{
    /// <summary>Linked dispatchers to start; null for none.</summary>
    public Dispatcher? Dispatchers;

    /// <summary>Linked copies to feed; null for none.</summary>
    public ReplicaSource? Copies;

    /// <summary>Whether to start the completion pump.</summary>
    public bool Completions;

    /// <summary>Whether to notify the persistence.</summary>
    public bool Persist;

    /// <summary>Whether this thread has claimed the delivery to the property's inline observers.</summary>
    public bool Inline;
}
