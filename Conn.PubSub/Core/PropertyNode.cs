using Conn.PubSub.Delivering;
using Conn.PubSub.Replication;
using Conn.PubSub.Subscriptions;

namespace Conn.PubSub.Core;

/// <summary>
/// A name in the store. Invariant: it is in the table exactly while the name is defined or referred to. Everything is read and written under the store's lock, except
/// that the definition is read without it.
/// </summary>
internal sealed class PropertyNode(PropertyName name, long order)
{
    private volatile Definition? _definition;
    private OneShotList? _pending;
    private InlineDelivery? _inline;

    public PropertyName Name => name;

    /// <summary>Rises with each new name of the store.</summary>
    public long Order => order;

    /// <summary>The node that was made before this one.</summary>
    public PropertyNode? Previous { get; set; }

    /// <summary>The node that was made after this one.</summary>
    public PropertyNode? Next { get; set; }

    public Definition? Definition
    {
        get => _definition;
        set => _definition = value;
    }

    /// <summary>The definition as readers see it: null already when the client to which it belongs was disposed.</summary>
    public Definition? Current => _definition is { HasEnded: false } definition ? definition : null;

    /// <summary>The number of handles and observations.</summary>
    public int References { get; set; }

    /// <summary>The revision of the last publish or delete of this name; 0 before either. A definition does not change it.</summary>
    public long LastRevision { get; private set; }

    /// <summary>The client that published or deleted last.</summary>
    public int LastWriter { get; private set; }

    /// <summary>An upper bound. Raised when a subscriber joins; computed again by each publish that finds <see cref="Interests.Any"/>.</summary>
    public Interests Interests { get; set; }

    /// <summary>One-shot subscriptions that wait for a publish, oldest first.</summary>
    public OneShotList Pending => _pending ??= new OneShotList();

    public bool HasPending => _pending is { IsEmpty: false };

    /// <summary>The observers that are called on the publisher's thread.</summary>
    public InlineDelivery Inline => _inline ??= new InlineDelivery();

    public bool HasInline => _inline is { IsEmpty: false };

    /// <summary>The observers that are called on a scheduler, by scheduler. The array is replaced, never changed.</summary>
    public FanOut[] Queued { get; set; } = [];

    /// <summary>The newest elements, for buffered observers without a filter; null when there is none.</summary>
    public ChangeRing? Ring { get; set; }

    /// <summary>Buffered observers with a filter: each has a queue of its own, with what it wants. Null when there is none.</summary>
    public ObserverList<BufferedObservation>? Filtered { get; set; }

    /// <summary>The copies of the store that have this property. The array is replaced, never changed.</summary>
    public ReplicaLink[] Links { get; set; } = [];

    /// <summary>Whether it is on the list of changes that the persistence has not taken.</summary>
    public bool IsUntaken { get; set; }

    public bool HasSubscribers => HasOwnSubscribers || Links.Any(static l => l.Subscribers.Count != 0);

    /// <summary>Whether it has a subscriber in this process.</summary>
    public bool HasOwnSubscribers => HasPending || HasInline || Queued.Length != 0;

    public bool NeedsElement => HasInline || Ring is not null || Filtered is not null;

    public void ComputeInterests(Definition? definition) => Interests =
        definition is { IsPersisted: true } || HasPending || Queued.Length != 0 || Links.Length != 0 ? Interests.Any
        : HasInline ? Interests.Inline
        : Interests.None;

    public void Published(long revision, int writer)
    {
        LastRevision = revision;
        LastWriter = writer;
    }

    /// <summary>The first element for an observer.</summary>
    public PropertyChange First() => _definition is { } definition ? definition.Snapshot(LastWriter) : PropertyChange.Undefined();

    /// <summary>The last change; of use when <see cref="LastRevision"/> is not 0.</summary>
    public PropertyChange Last() => _definition is { } definition && definition.Revision == LastRevision
        ? definition.Snapshot(LastWriter)
        : PropertyChange.Deleted(LastRevision, LastWriter);
}
