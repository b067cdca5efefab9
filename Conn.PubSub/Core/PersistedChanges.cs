namespace Conn.PubSub.Core;

/// <summary>The changes of persisted properties that the persistence has not taken. Guarded by the store's lock.</summary>
internal sealed class PersistedChanges(StoreCore core, IPropertyPersistence persistence) : IPersistedChanges
{
    private const int NodesPerHold = 64;
    private const int Holds = 64;

    // Each node once, in the order of the first change.
    private readonly Queue<PropertyNode> _untaken = new();

    // What a take that has not ended has so far.
    private List<PersistedProperty> _taking = [];

    /// <summary>Puts back what the persistence has, before any other thread sees the store.</summary>
    public void Load()
    {
        PersistedState state = persistence.Load(this);
        core.Revision = state.Revision.Value;
        foreach (PersistedProperty property in state.Properties)
        {
            PropertyNode node = core.Table.FindOrAdd(property.Name) ?? throw new ConnException(
                ErrorCode.NoMemory, $"More than {core.Table.MaxNames} properties are persisted, the maximum of the store (MaxNames).");
            node.Definition = Restore(property);
            node.Interests = Interests.Any;
            node.Published(property.Revision.Value, 0);
        }
    }

    /// <summary>Notes a change. Under the lock.</summary>
    public void Note(PropertyNode node, ref PendingWork work)
    {
        work.Persist = true;
        if (!node.IsUntaken)
        {
            node.IsUntaken = true;
            _untaken.Enqueue(node);
        }
    }

    /// <summary>Tells the persistence that there is a change. Outside the lock.</summary>
    public void Notify()
    {
        try
        {
            persistence.Changed();
        }
#pragma warning disable CA1031 // A persistence that breaks its contract must not hurt the publisher; the exception is reported.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            core.Report(exception);
        }
    }

    /// <inheritdoc/>
    public bool TryTake(out PersistedState changes)
    {
        // A few at a time, until none is left: then the taken values are those of one moment, because what changed after its turn was taken again. Publishers
        // that are faster than this wait at the end.
        for (int hold = 1; ; hold++)
        {
            lock (core.Lock)
            {
                if (core.IsDisposed)
                {
                    changes = new PersistedState(Revision.None, []);
                    return false;
                }

                if (!Take(hold < Holds ? NodesPerHold : int.MaxValue))
                {
                    changes = Taken();
                    return true;
                }
            }

            StoreCore.GiveWay();
        }
    }

    /// <summary>Takes the last changes, those of a take that has not ended included. Under the lock, in the hold in which the store is disposed, so that no accepted
    /// publish is missing.</summary>
    public PersistedState TakeLast()
    {
        Take(int.MaxValue);
        return Taken();
    }

    /// <summary>Ends the use. Outside the lock.</summary>
    public void Close(PersistedState last) => persistence.Close(last);

    /// <inheritdoc/>
    public void Schedule(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        core.DefaultDispatcher.PostSurely(new Work(core, action));
    }

    private PersistedState Taken()
    {
        var state = new PersistedState(new Revision(core.Revision), _taking);
        _taking = [];
        return state;
    }

    private bool Take(int most)
    {
        for (int i = 0; i < most; i++)
        {
            if (!_untaken.TryDequeue(out PropertyNode? node))
            {
                return false;
            }

            node.IsUntaken = false;
            _taking.Add(node.Definition is { IsPersisted: true } definition
                ? new PersistedProperty(node.Name, definition.Shape, definition.Owner, definition.Value, new Revision(definition.Revision))
                : new PersistedProperty(node.Name, null, default, default, new Revision(node.LastRevision)));
        }

        return true;
    }

    private Definition Restore(PersistedProperty property)
    {
        PropertyDefinition shape = property.Definition! with { Lifetime = PropertyLifetime.Persisted };
        var definition = new Definition(shape, property.Owner, core.Enforces, [], null);
        long revision = 0;
        if (property.Value.IsBytes)
        {
            definition.WriteBytes(new byte[property.Value.Bytes.Length], property.Value.Bytes.Span, property.Revision.Value, ref revision);
        }
        else
        {
            definition.WriteInt(property.Value.Int, property.Revision.Value, ref revision);
        }

        return definition;
    }

    private sealed class Work(StoreCore core, Action action) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Reported: the scheduler must survive.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                core.Report(exception);
            }
        }
    }
}
