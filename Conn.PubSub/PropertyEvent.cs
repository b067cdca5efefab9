
namespace Conn.PubSub;

/// <summary>Represents one element of a watch.</summary>
/// <param name="Kind">The kind of the element.</param>
/// <param name="Name">The property; the default for a marker.</param>
/// <param name="Change">Its value, or that it was deleted; the default for a marker.</param>
/// <param name="Revision">
/// The revision of the change; with CaughtUp the revision up to which everything was delivered; with TooOld the oldest one that a watch could still begin after.
/// </param>
/// <param name="More">True when the next event has the same revision. Resume after the revision of an event without it.</param>
public readonly record struct PropertyEvent(PropertyEventKind Kind, PropertyName Name, PropertyChange Change, Revision Revision, bool More);
