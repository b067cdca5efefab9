namespace Conn.PubSub.Observables;

/// <summary>Invariant: one property's inline calls of a change of several, decided under the gate, to be made outside it.</summary>
internal sealed record InlineDelivery(PropertyNode Node, Announcement Announcement, PropertyChange Change, long AsOf)
{
    /// <summary>Moves what concerns inline observers out of the announcement. Under the gate.</summary>
    public static void Note(List<InlineDelivery> deliveries, PropertyNode node, ref Announcement announcement, in PropertyChange change, long asOf)
    {
        if (announcement.Inline is not null || announcement.Noted != 0)
        {
            deliveries.Add(new InlineDelivery(node, announcement, change, asOf));
            announcement.Inline = null;
            announcement.Noted = 0;
        }
    }

    public void Deliver(PropertyStore store) => Node.Inline.Deliver(store, Node, Announcement, Change, AsOf);
}
