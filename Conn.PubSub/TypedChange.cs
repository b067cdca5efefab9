namespace Conn.PubSub;

/// <summary>Represents one element of a typed property's stream.</summary>
/// <typeparam name="T">The type.</typeparam>
/// <param name="Code">Success: a value. NotFound: undefined or deleted. Argument: a property of another kind. Corrupt: not a <typeparamref name="T"/>.</param>
/// <param name="Value">The value; the default unless the code is Success.</param>
/// <param name="Change">The element of the property's stream.</param>
public readonly record struct TypedChange<T>(ErrorCode Code, T? Value, PropertyChange Change);
