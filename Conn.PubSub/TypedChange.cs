using Conn.PubSub.Observables;

namespace Conn.PubSub;

/// <summary>One element of a typed property's stream.</summary>
/// <typeparam name="T">What the property holds.</typeparam>
/// <param name="Code">None: a value. NotFound: undefined or deleted. Argument: an integer property. Corrupt: the bytes are no <typeparamref name="T"/>.</param>
/// <param name="Value">The value; the default unless the code is None, and for an empty property.</param>
/// <param name="Change">The element as the store told it, with its stamp.</param>
public readonly record struct TypedChange<T>(ErrorCode Code, T? Value, PropertyChange Change);
