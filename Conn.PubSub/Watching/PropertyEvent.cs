using Conn.PubSub.Observables;

namespace Conn.PubSub.Watching;

/// <summary>One element of a watch.</summary>
/// <param name="Kind">What is told.</param>
/// <param name="Name">Of which property; the default for a marker.</param>
/// <param name="Change">Its value or that it was deleted; the default for a marker.</param>
/// <param name="Revision">
/// The stamp of the change; with CaughtUp the revision up to which everything was told; with TooOld the oldest one that a watch could
/// still begin after.
/// </param>
/// <param name="More">True when the same revision goes on in the next event. Resume after the revision of an event without it.</param>
public readonly record struct PropertyEvent(PropertyEventKind Kind, PropertyName Name, PropertyChange Change, Stamp Revision, bool More);
