namespace Conn.PubSub.Subscriptions;

/// <summary>An element of a circular list. Invariant: it is in one list, or both links point to itself. Guarded by the store's lock.</summary>
internal abstract class OneShotLink
{
    protected OneShotLink() => Previous = Next = this;

    public OneShotLink Previous { get; set; }

    public OneShotLink Next { get; set; }

    public void Unlink()
    {
        Previous.Next = Next;
        Next.Previous = Previous;
        Previous = Next = this;
    }
}
