using Conn.PubSub.Observables;
using Conn.PubSub.Subscriptions;
using Conn.PubSub.Watching;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    /// <inheritdoc/>
    public IReadOnlyList<SubscriptionInfo> Subscriptions()
    {
        var found = new List<SubscriptionInfo>();
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            foreach (PropertyNode node in _nodes.Values)
            {
                for (OneShotLink link = node.Pending.Next; link != node.Pending; link = link.Next)
                {
                    found.Add(new SubscriptionInfo(SubscriptionKind.OneShot, node.Name, null, ((OneShot)link).Identity.SecureId, Stamp.Never, 0));
                }

                found.AddRange(node.Inline.Audience.All.Select(o => o.Describe()));
                found.AddRange(node.Queued.SelectMany(f => f.Turns).Select(t => ((Observation)t.Taker).Describe()));
            }

            found.AddRange(_watches.SelectMany(f => f.Turns).Select(t => ((IWatcher)t.Taker).Cursor.Describe()));
        }

        return [.. found.OrderBy(s => s.Name is null).ThenBy(s => s.Name?.Category).ThenBy(s => s.Name?.Key).ThenBy(s => s.Category)];
    }

    internal IReadOnlyList<PropertyInfo> List(Access access, uint? category)
    {
        List<PropertyInfo> found;
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            found = Readable(access, category);
        }

        found.Sort(static (a, b) => (a.Name.Category, a.Name.Key).CompareTo((b.Name.Category, b.Name.Key)));
        return found;
    }

    internal bool HasSubscribers(PropertyName name)
    {
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _nodes.TryGetValue(name, out PropertyNode? node) && node.HasSubscribers;
        }
    }

    /// <summary>Under the gate; in no order.</summary>
    internal List<PropertyInfo> Readable(Access access, uint? category)
    {
        var found = new List<PropertyInfo>();
        foreach (PropertyNode node in _nodes.Values)
        {
            if ((category is null || node.Name.Category == category) && node.Definition is { } definition && definition.MayRead(access.Identity))
            {
                found.Add(new PropertyInfo(node.Name, definition.Type, definition.Owner, definition.Lifetime, node.Current()));
            }
        }

        return found;
    }
}
