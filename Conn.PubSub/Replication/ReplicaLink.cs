using Conn.PubSub.Core;
using Conn.PubSub.Security;

namespace Conn.PubSub.Replication;

/// <summary>A property that a copy of the store has. Guarded by the store's lock.</summary>
internal sealed class ReplicaLink(ReplicaSource source, PropertyNode node)
{
    private readonly List<(SubscriptionKind Kind, SecureId Subscriber)> _subscribers = [];

    public ReplicaSource Source => source;

    public PropertyNode Node => node;

    /// <summary>The number of attached handles and observations of the copy.</summary>
    public int References { get; set; }

    /// <summary>Whether it waits to be taken.</summary>
    public bool IsUntaken { get; set; }

    /// <summary>The revision of the last delete that was not taken; 0 for none.</summary>
    public long DeletedAt { get; set; }

    /// <summary>The client that deleted it.</summary>
    public int DeletedBy { get; set; }

    /// <summary>The subscribers of the copy, as far as the copy has reported them.</summary>
    public IReadOnlyList<(SubscriptionKind Kind, SecureId Subscriber)> Subscribers => _subscribers;

    /// <summary>Called for each publish and delete.</summary>
    public void Changed(in PropertyChange change, ref PendingWork work)
    {
        if (change.Kind == PropertyChangeKind.Deleted)
        {
            (DeletedAt, DeletedBy) = (change.Revision.Value, change.Writer);
        }

        // The copy completes its one-shot subscriptions with the same change.
        if (_subscribers.Count != 0)
        {
            _subscribers.RemoveAll(static s => s.Kind == SubscriptionKind.OneShot);
        }

        source.Note(this, ref work);
    }

    /// <summary>Called for each definition.</summary>
    public void Defined(ref PendingWork work) => source.Note(this, ref work);

    public void AddSubscriber(SubscriptionKind kind, SecureId subscriber) => _subscribers.Add((kind, subscriber));

    public void RemoveSubscriber(SubscriptionKind kind, SecureId subscriber) => _subscribers.Remove((kind, subscriber));
}
