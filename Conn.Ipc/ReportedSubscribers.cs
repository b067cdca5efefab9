using Conn.PubSub;
using Conn.PubSub.Core;
using Conn.PubSub.Replication;

namespace Conn.Ipc;

/// <summary>Bounds the subscribers that one connection has reported of all its properties together. Not safe for several threads.</summary>
/// <remarks>A publish ends one-shot subscriptions without a report. So the count is an upper bound, and is made again when it is reached.</remarks>
internal sealed class ReportedSubscribers(StoreCore core, ReplicaSource source, int most)
{
    private readonly HashSet<PropertyName> _names = [];
    private int _count;
    private int _refused;

    /// <summary>Counts one more.</summary>
    /// <returns>False when there are too many.</returns>
    public bool TryAdd(PropertyName name)
    {
        if (_count >= most)
        {
            // Counting looks at every property: once for as many reports as there may be subscribers.
            if (_refused != 0)
            {
                _refused = (_refused + 1) % most;
                return false;
            }

            Recount();
            if (_count >= most)
            {
                _refused = 1 % most;
                return false;
            }
        }

        _names.Add(name);
        _count++;
        return true;
    }

    private void Recount()
    {
        _count = 0;
        foreach (PropertyName name in _names.ToArray())
        {
            int found = CountOf(name);
            _count += found;
            if (found == 0)
            {
                _names.Remove(name);
            }
        }
    }

    private int CountOf(PropertyName name)
    {
        lock (core.Lock)
        {
            return core.Table.Find(name)?.Links.FirstOrDefault(l => l.Source == source)?.Subscribers.Count ?? 0;
        }
    }
}
