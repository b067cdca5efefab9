namespace Conn.PubSub.Subscriptions;

/// <summary>Invariant: in one circular list, or both links point to itself. Guarded by the store's gate.</summary>
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
