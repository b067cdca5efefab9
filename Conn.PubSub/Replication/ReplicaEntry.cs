using Conn.PubSub.Security;

namespace Conn.PubSub.Replication;

/// <summary>The state of one property, for a copy of the store.</summary>
/// <param name="Name">The property.</param>
/// <param name="Generation">Which definition it has; 0 for none. Differs between definitions of the same name.</param>
/// <param name="Shape">The definition; null for none.</param>
/// <param name="Owner">The secure id that defined it.</param>
/// <param name="Value">The value; the default when the copy may not have it.</param>
/// <param name="Revision">The revision of the value; 0 before the first publish.</param>
/// <param name="LastRevision">The revision of the last publish or delete of the name.</param>
/// <param name="LastWriter">The client that published or deleted last.</param>
/// <param name="DeletedAt">The revision of the last delete since the entry before; 0 for none.</param>
/// <param name="DeletedBy">The client that deleted it.</param>
internal readonly record struct ReplicaEntry(
    PropertyName Name, long Generation, PropertyDefinition? Shape, SecureId Owner, PropertyValue Value, long Revision,
    long LastRevision, int LastWriter, long DeletedAt, int DeletedBy);
