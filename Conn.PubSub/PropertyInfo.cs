using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.PubSub;

/// <summary>A defined property, as a list tells it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it holds.</param>
/// <param name="Owner">Who defined it, and may delete it.</param>
/// <param name="Lifetime">How long it lasts.</param>
/// <param name="Current">Value and stamp, all of one list of the same moment.</param>
public sealed record PropertyInfo(PropertyName Name, PropertyType Type, SecureId Owner, PropertyLifetime Lifetime, PropertyChange Current);
