namespace Conn.PubSub.Watching;

/// <summary>The position of a watch. Invariant: each element is returned once, in order.</summary>
internal abstract class EventCursor
{
    /// <summary>Whether nothing more comes.</summary>
    public abstract bool IsOver { get; }

    /// <summary>Whether the store or the client has ended.</summary>
    public abstract bool HasEnd { get; }

    /// <summary>Begins at this moment. Under the lock.</summary>
    public abstract void Begin(Watches watches);

    /// <summary>Nothing more is published, or the client was disposed. Under the lock.</summary>
    public abstract void End();

    /// <summary>The watch was disposed. Under the lock.</summary>
    public abstract void Abandon();

    /// <summary>For a list. Under the lock.</summary>
    public abstract SubscriptionInfo Describe();

    /// <summary>Fills a buffer; fewer elements than it has mean that there are no more for now. Outside the lock.</summary>
    public abstract int Read(Span<PropertyEvent> buffer);
}
