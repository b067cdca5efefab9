using Conn.PubSub.Observables;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub;

/// <summary>
/// Invariant: one per name, in the store's table exactly while the name is defined or referred to. Everything but the definition
/// is read and written under the store's gate.
/// </summary>
internal sealed class PropertyNode(PropertyName name)
{
    private volatile Definition? _definition;

    // The last that was not deleted: the end of the store takes the definition away, but not what is still to be told.
    private Definition? _told;

    public PropertyName Name => name;

    /// <summary>Read without the gate, written under it.</summary>
    public Definition? Definition
    {
        get => _definition;
        set
        {
            _told = value ?? _told;
            _definition = value;
        }
    }

    /// <summary>Handles and observations.</summary>
    public int References { get; set; }

    /// <summary>The stamp of the last publish or delete of this name; 0 before either. A definition does not change it.</summary>
    public long LastStamp { get; private set; }

    /// <summary>The client that did it.</summary>
    public int LastWriter { get; private set; }

    /// <summary>True when that was a delete.</summary>
    public bool LastWasDelete { get; private set; }

    /// <summary>
    /// Whom a publish may concern: never less than there is. Raised by whoever joins, looked at again by each publish that finds more
    /// than inline observers.
    /// </summary>
    public Reach Reach { get; set; }

    /// <summary>One-shot subscriptions waiting for a publish, oldest first.</summary>
    public OneShotList Pending { get; } = new();

    /// <summary>Who is called on the publisher's thread.</summary>
    public InlineFanOut Inline { get; } = new();

    /// <summary>Who is called on a scheduler, by scheduler. Replaced, never changed.</summary>
    public QueuedFanOut[] Queued { get; set; } = [];

    /// <summary>The newest elements, for observers with a queue; null when there is none.</summary>
    public ChangeRing? Ring { get; set; }

    /// <summary>True while it is on the list of what the file's writer does not know yet.</summary>
    public bool IsUnstored { get; set; }

    /// <summary>True when somebody waits for this name or observes it.</summary>
    public bool HasSubscribers => !Pending.IsEmpty || !Inline.IsEmpty || Queued.Length != 0;

    public void LookAround(Definition definition) => Reach =
        definition.Lifetime == PropertyLifetime.Persisted || !Pending.IsEmpty || Queued.Length != 0 ? Reach.More
        : Inline.IsEmpty ? Reach.Nobody
        : Reach.Inline;

    public void Published(long stamp, int writer, bool delete = false)
    {
        LastStamp = stamp;
        LastWriter = writer;
        LastWasDelete = delete;
        if (delete)
        {
            _told = null;
        }
    }

    /// <summary>What an observer is told first.</summary>
    public PropertyChange Current() => _told is { } definition ? definition.Snapshot(LastWriter) : PropertyChange.Undefined();

    /// <summary>What happened last; of use when <see cref="LastStamp"/> is not 0.</summary>
    public PropertyChange Last() =>
        LastWasDelete || _told is null ? PropertyChange.Deleted(LastStamp, LastWriter) : _told.Snapshot(LastWriter);
}
