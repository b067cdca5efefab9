using System.Collections.Concurrent;

namespace Conn.PubSub.Core;

/// <summary>The names of a store, by name and in the order in which they were made. Guarded by the store's lock; <see cref="Find"/> is called without it.</summary>
internal sealed class PropertyTable(int maxNames)
{
    private readonly ConcurrentDictionary<PropertyName, PropertyNode> _nodes = new();
    private readonly List<TableScan> _scans = [];
    private PropertyNode? _first;
    private PropertyNode? _last;
    private long _orders;
    private int _count;

    public PropertyNode? First => _first;

    public long LastOrder => _orders;

    public int MaxNames => maxNames;

    /// <summary>All nodes, in no order; without the lock.</summary>
    public IEnumerable<PropertyNode> All => _nodes.Select(static entry => entry.Value);

    /// <summary>Whether a scan must see changes.</summary>
    public bool IsScanned { get; private set; }

    public PropertyNode? Find(PropertyName name) => _nodes.GetValueOrDefault(name);

    /// <summary>The node of a name, made when absent; null when the table is full.</summary>
    public PropertyNode? FindOrAdd(PropertyName name)
    {
        if (_nodes.TryGetValue(name, out PropertyNode? known) || _count == maxNames)
        {
            return known;
        }

        var node = new PropertyNode(name, ++_orders) { Previous = _last };
        if (_last is { } last)
        {
            last.Next = node;
        }
        else
        {
            _first = node;
        }

        _last = node;
        _nodes[name] = node;
        _count++;
        return node;
    }

    /// <summary>Removes a node that nothing needs any more.</summary>
    public void RemoveIfUnused(PropertyNode node)
    {
        if (node.References != 0 || node.Definition is not null || !_nodes.TryRemove(new KeyValuePair<PropertyName, PropertyNode>(node.Name, node)))
        {
            return;
        }

        _count--;
        foreach (TableScan scan in _scans)
        {
            scan.Removing(node);
        }

        if (node.Previous is { } previous)
        {
            previous.Next = node.Next;
        }
        else
        {
            _first = node.Next;
        }

        if (node.Next is { } next)
        {
            next.Previous = node.Previous;
        }
        else
        {
            _last = node.Previous;
        }
    }

    public void Begin(TableScan scan)
    {
        _scans.Add(scan);
        IsScanned = true;
    }

    public void End(TableScan scan)
    {
        _scans.Remove(scan);
        IsScanned = _scans.Count != 0;
    }

    /// <summary>Called before a node's definition or value changes.</summary>
    public void Changing(PropertyNode node)
    {
        if (!IsScanned)
        {
            return;
        }

        foreach (TableScan scan in _scans)
        {
            scan.Changing(node);
        }
    }
}
