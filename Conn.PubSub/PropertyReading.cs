namespace Conn.PubSub;

/// <summary>Represents the outcome of a read.</summary>
/// <param name="Code">In this order: NotFound, PermissionDenied, Success.</param>
/// <param name="Value">The value; the default unless the code is Success. Its bytes are a copy.</param>
/// <param name="Revision">The revision of the publish that wrote this value.</param>
public readonly record struct PropertyReading(ErrorCode Code, PropertyValue Value, Revision Revision);
