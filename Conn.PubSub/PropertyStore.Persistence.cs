using Conn.PubSub.Persistence;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    private readonly PersistedProperties? _persisted;

    // Guarded by the gate: the nodes whose persisted definition or value is not what the file's writer knows, each once, in the order of changing.
    private readonly List<PropertyNode> _unstored = [];

    /// <summary>
    /// What the file's writer does not know yet; null once the store is disposed. Under the gate: as long as what changed is long, however much is persisted.
    /// </summary>
    internal StoredChanges? TakeStoredChanges()
    {
        if (_disposed)
        {
            return null;
        }

        var changes = new List<(PropertyName, StoredProperty?)>(_unstored.Count);
        foreach (PropertyNode node in _unstored)
        {
            node.IsUnstored = false;
            changes.Add((node.Name, node.Definition is { Lifetime: PropertyLifetime.Persisted } definition ? StoredProperty.Of(node.Name, definition) : null));
        }

        _unstored.Clear();
        return new StoredChanges(_revision, changes);
    }

    /// <summary>Notes a change of what is persisted. Under the gate.</summary>
    private void NoteUnstored(PropertyNode node, ref Announcement announcement)
    {
        announcement.Persist = true;
        if (!node.IsUnstored)
        {
            node.IsUnstored = true;
            _unstored.Add(node);
        }
    }

    /// <summary>Takes the file and puts back what it held, before anybody can see the store.</summary>
    private PersistedProperties Restore(string path)
    {
        var persisted = new PersistedProperties(this, path);
        bool restored = false;
        try
        {
            StoredProperties stored = persisted.Load();
            _revision = stored.Revision;
            foreach (StoredProperty property in stored.Properties)
            {
                Definition definition = property.ToDefinition(_enforce);
                PropertyNode node = Node(property.Name)
                    ?? throw new ConnException(ErrorCode.NoMemory, $"The file holds more than {_maxNames} properties, the most the store may know (MaxNames).");
                node.Definition = definition;
                node.Reach = Reach.More;
                node.Published(property.Stamp, 0);
            }

            restored = true;
            return persisted;
        }
        finally
        {
            if (!restored)
            {
                persisted.Release();
            }
        }
    }
}
