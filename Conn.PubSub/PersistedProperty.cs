using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Represents one persisted property.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">Type and policies; null when it was deleted.</param>
/// <param name="Owner">The secure id that defined it.</param>
/// <param name="Value">Its value.</param>
/// <param name="Revision">The revision of its last publish.</param>
public sealed record PersistedProperty(PropertyName Name, PropertyDefinition? Definition, SecureId Owner, PropertyValue Value, Revision Revision);
