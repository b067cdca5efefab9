namespace Conn.PubSub;

/// <summary>Represents persisted properties as of one revision.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Properties">The properties, each once.</param>
public sealed record PersistedState(Revision Revision, IReadOnlyList<PersistedProperty> Properties);
