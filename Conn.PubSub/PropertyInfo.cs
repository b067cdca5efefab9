using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>Represents a defined property in a list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Owner">The secure id that defined it, and may delete it.</param>
/// <param name="Lifetime">How long it lasts.</param>
/// <param name="Current">Value and revision. All entries of one list are of the same moment.</param>
public sealed record PropertyInfo(PropertyName Name, PropertyType Type, SecureId Owner, PropertyLifetime Lifetime, PropertyChange Current);
