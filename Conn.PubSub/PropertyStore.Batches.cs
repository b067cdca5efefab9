using Conn.PubSub.Observables;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    internal ErrorCode Publish(PropertyBatch batch, Access access, out Stamp stamp)
    {
        stamp = default;
        var announcement = default(Announcement);
        var deliveries = new List<InlineDelivery>();
        var writes = new List<Write>(batch.Items.Count);
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ErrorCode code = Check(batch, access, writes);
            if (!code.IsNone || writes.Count == 0)
            {
                return code;
            }

            // All are begun before the first is ended: a reader that sees one of the new values waits for, or sees, the others.
            // The revision shows in between: whoever read it waits for, or sees, the values.
            long revision = _revision + 1;
            writes.ForEach(w => w.Definition.BeginWrite());
            writes.ForEach(w => w.Put(revision));
            Volatile.Write(ref _revision, revision);
            writes.ForEach(w => w.Definition.EndWrite());
            stamp = new Stamp(revision);
            for (int i = 0; i < writes.Count; i++)
            {
                (PropertyNode node, Definition definition, _, _) = writes[i];
                node.Published(revision, access.Client);
                PropertyChange change = Element(node, definition, access.Client);
                Spread(node, definition, change, ErrorCode.None, i < writes.Count - 1, ref announcement);
                InlineDelivery.Note(deliveries, node, ref announcement, change, revision);
            }
        }

        CarryOut(announcement);
        deliveries.ForEach(d => d.Deliver(this));
        return ErrorCode.None;
    }

    /// <summary>Everything that can refuse, or lack memory, comes before the first change.</summary>
    private ErrorCode Check(PropertyBatch batch, Access access, List<Write> writes)
    {
        foreach ((PropertyName name, Stamp expected) in batch.Conditions)
        {
            Definition? definition = _nodes.TryGetValue(name, out PropertyNode? node) ? node.Definition : null;
            ErrorCode code = Readable(definition, access);
            if (code.IsNone && definition!.Stamp != expected.Value)
            {
                code = ErrorCode.Changed;
            }

            if (!code.IsNone)
            {
                return code;
            }
        }

        foreach (PropertyBatch.Item item in batch.Items)
        {
            Definition? definition = null;
            ErrorCode code = _nodes.TryGetValue(item.Name, out PropertyNode? node) ? Writable(node, access, out definition) : ErrorCode.NotFound;
            if (code.IsNone)
            {
                code = item.Bytes is { } bytes ? Accepts(definition!, bytes.Length)
                    : definition!.Type == PropertyType.Int ? ErrorCode.None
                    : ErrorCode.Argument;
            }

            if (!code.IsNone)
            {
                return code;
            }

            byte[]? room = item.Bytes is null ? null : RoomFor(definition!, item.Bytes.Length);
            if (item.Bytes is not null && room is null)
            {
                return ErrorCode.NoMemory;
            }

            writes.Add(new Write(node!, definition!, item, room));
        }

        return ErrorCode.None;
    }

    /// <summary>Invariant: checked, with room for the value.</summary>
    private sealed record Write(PropertyNode Node, Definition Definition, PropertyBatch.Item Item, byte[]? Room)
    {
        public void Put(long stamp)
        {
            if (Room is null)
            {
                Definition.PutInt(Item.Value, stamp);
            }
            else
            {
                Definition.PutBytes(Room, Item.Bytes, stamp);
            }
        }
    }
}
