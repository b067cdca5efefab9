namespace Conn.PubSub.Subscriptions;

/// <summary>First in, first out; an element leaves without knowing its list. Guarded by the store's lock.</summary>
internal sealed class OneShotList : OneShotLink
{
    public bool IsEmpty => Next == this;

    public OneShot? First => Next as OneShot;

    public void Append(OneShotLink item)
    {
        item.Previous = Previous;
        item.Next = this;
        Previous.Next = item;
        Previous = item;
    }

    /// <summary>Moves all of another list to the end, in constant time.</summary>
    public void Append(OneShotList other)
    {
        if (other.IsEmpty)
        {
            return;
        }

        other.Next.Previous = Previous;
        Previous.Next = other.Next;
        other.Previous.Next = this;
        Previous = other.Previous;
        other.Previous = other.Next = other;
    }
}
