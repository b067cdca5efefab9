namespace Conn.PubSub;

/// <summary>Represents the outcome of a publish.</summary>
/// <param name="Code">In this order: NotFound, PermissionDenied, Argument (wrong kind of value), TooBig, Changed (of a conditional publish), NoMemory, Success.</param>
/// <param name="Revision">The revision of this publish; with Changed the revision that was found; else <see cref="Revision.None"/>.</param>
public readonly record struct PublishResult(ErrorCode Code, Revision Revision);
