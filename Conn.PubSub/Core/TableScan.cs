namespace Conn.PubSub.Core;

/// <summary>
/// Reads all properties as of one moment, a few at a time. The store's lock is never held for longer than a step; a property that changes before its turn is read
/// just before it changes.
/// </summary>
internal sealed class TableScan
{
    private const int NodesPerStep = 32;
    private const int BytesPerStep = 65536;

    private readonly StoreCore _core;
    private readonly Access _access;
    private readonly uint? _category;
    private readonly long _lastOrder;
    private readonly List<PropertyInfo> _found = [];

    // Nodes that were read before their turn, and what was found.
    private readonly HashSet<PropertyNode> _early = [];
    private readonly List<PropertyInfo> _foundEarly = [];
    private PropertyNode? _next;

    /// <summary>Begins a scan of this moment. Under the lock.</summary>
    public TableScan(StoreCore core, Access access, uint? category)
    {
        _core = core;
        _access = access;
        _category = category;
        _lastOrder = core.Table.LastOrder;
        _next = core.Table.First;
        core.Table.Begin(this);
        core.UpdateRecorded();
    }

    /// <summary>Reads the rest. Outside the lock.</summary>
    /// <returns>What may be read, in no order.</returns>
    public List<PropertyInfo> ReadAll(CancellationToken cancellationToken)
    {
        try
        {
            while (Step())
            {
                cancellationToken.ThrowIfCancellationRequested();
                StoreCore.GiveWay();
            }

            _found.AddRange(_foundEarly);
            return _found;
        }
        finally
        {
            lock (_core.Lock)
            {
                End();
            }
        }
    }

    /// <summary>Gives up, or ends, the scan. Under the lock.</summary>
    public void End()
    {
        _core.Table.End(this);
        _core.UpdateRecorded();
    }

    /// <summary>Called before a node changes. Under the lock.</summary>
    public void Changing(PropertyNode node)
    {
        if (_next is { } next && node.Order >= next.Order && node.Order <= _lastOrder && _early.Add(node) && Read(node) is { } info)
        {
            _foundEarly.Add(info);
        }
    }

    /// <summary>Called before a node leaves the table. Under the lock.</summary>
    public void Removing(PropertyNode node)
    {
        if (node == _next)
        {
            _next = node.Next;
        }
    }

    private bool Step()
    {
        var step = new List<PropertyInfo>();
        bool more = true;
        lock (_core.Lock)
        {
            int bytes = 0;
            for (int i = 0; i < NodesPerStep && bytes < BytesPerStep && more; i++)
            {
                more = _next is not null && _next.Order <= _lastOrder;
                if (more && _next is { } node)
                {
                    _next = node.Next;
                    if (!_early.Remove(node) && Read(node) is { } info)
                    {
                        step.Add(info);
                        bytes += info.Current.Bytes.Length;
                    }
                }
            }

            _next = more ? _next : null;
        }

        // Outside the lock, because a long list is copied when it grows.
        _found.AddRange(step);
        return more;
    }

    private PropertyInfo? Read(PropertyNode node) =>
        (_category is null || node.Name.Category == _category) && node.Current is { } definition && definition.MayRead(_access.Identity)
            ? new PropertyInfo(node.Name, definition.Type, definition.Owner, definition.Shape.Lifetime, node.First())
            : null;
}
