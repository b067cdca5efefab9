using Conn.PubSub.Observables;

namespace Conn.PubSub;

/// <summary>Invariant: what was decided under the gate and is still to be done outside it, each part by exactly this caller.</summary>
internal struct Announcement
{
    /// <summary>Dispatchers to start, linked; null for none.</summary>
    public Dispatcher? Dispatchers;

    /// <summary>True when the completion pump is to be started.</summary>
    public bool Completions;

    /// <summary>Whom to call on this thread, holding the node's inline role; null for nobody.</summary>
    public Audience? Inline;

    /// <summary>The turn of the inline role to which a note was left and that has to be looked after; 0 for none.</summary>
    public int Noted;

    /// <summary>True when the file of persisted properties has to be written.</summary>
    public bool Persist;
}
