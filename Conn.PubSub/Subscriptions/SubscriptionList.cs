using Conn.PubSub.Core;
using Conn.PubSub.Replication;
using Conn.PubSub.Watching;

namespace Conn.PubSub.Subscriptions;

/// <summary>Reads the subscribers of a store, a few properties at a time, so that no publisher waits for a long list.</summary>
internal static class SubscriptionList
{
    private const int NodesPerHold = 32;

    public static IReadOnlyList<SubscriptionInfo> Read(StoreCore core, ReplicaSource? except = null, IReadOnlyList<EventCursor>? exceptWatches = null)
    {
        core.ThrowIfDisposed();
        var found = new List<SubscriptionInfo>();
        foreach (PropertyNode[] nodes in core.Table.All.Chunk(NodesPerHold))
        {
            lock (core.Lock)
            {
                foreach (PropertyNode node in nodes.Where(static n => n.HasSubscribers))
                {
                    Read(node, except, found);
                }
            }

            StoreCore.GiveWay();
        }

        lock (core.Lock)
        {
            core.ThrowIfDisposed();
            found.AddRange(core.Watches.All().Where(w => exceptWatches?.Contains(w.Cursor) != true).Select(static watch => watch.Cursor.Describe()));
        }

        return [.. found.OrderBy(s => s.Name is null).ThenBy(s => s.Name?.Category).ThenBy(s => s.Name?.Key).ThenBy(s => s.Category)];
    }

    private static void Read(PropertyNode node, ReplicaSource? except, List<SubscriptionInfo> found)
    {
        if (node.HasPending)
        {
            for (OneShotLink link = node.Pending.Next; link != node.Pending; link = link.Next)
            {
                found.Add(new SubscriptionInfo(SubscriptionKind.OneShot, node.Name, null, ((OneShot)link).Identity.SecureId, Revision.None, 0));
            }
        }

        found.AddRange(node.Links.Where(l => l.Source != except).SelectMany(static l => l.Subscribers)
            .Select(s => new SubscriptionInfo(s.Kind, node.Name, null, s.Subscriber, Revision.None, 0)));
        found.AddRange(Definer.Observations(node).Select(static observation => observation.Describe()));
    }
}
