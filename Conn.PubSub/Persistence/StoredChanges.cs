namespace Conn.PubSub.Persistence;

/// <summary>Invariant: what became of the persisted properties since they were last asked for, as of one moment; a later one replaces an earlier one of the
/// same name.</summary>
internal sealed record StoredChanges(long Revision, IReadOnlyList<(PropertyName Name, StoredProperty? Property)> Changes)
{
    public void ApplyTo(IDictionary<PropertyName, StoredProperty> content)
    {
        foreach ((PropertyName name, StoredProperty? property) in Changes)
        {
            if (property is null)
            {
                content.Remove(name);
            }
            else
            {
                content[name] = property;
            }
        }
    }
}
