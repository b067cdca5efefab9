namespace Conn.PubSub.Core;

/// <summary>Publishes several values under one revision. Everything that allocates, and everything that looks names up, is done before the lock is taken.</summary>
internal sealed class BatchPublisher(StoreCore core, Reader reader, Publisher publisher)
{
    public ErrorCode TryPublish(PropertyBatch batch, Access access, out Revision revision)
    {
        core.ThrowIfDisposed();
        revision = Revision.None;
        var conditions = new (PropertyNode? Node, long Expected)[batch.Conditions.Count];
        for (int i = 0; i < conditions.Length; i++)
        {
            conditions[i] = (core.Table.Find(batch.Conditions[i].Key), batch.Conditions[i].Value.Value);
        }

        var writes = new Write[batch.Count];
        for (int i = 0; i < writes.Length; i++)
        {
            (PropertyName name, PropertyValue value) = batch.Values[i];
            writes[i] = new Write { Node = core.Table.Find(name), Value = value, Room = value.IsBytes ? core.TryAllocate(value.Bytes.Length) : null };
        }

        var work = default(PendingWork);
        lock (core.Lock)
        {
            ErrorCode code = Check(conditions, writes, access);
            if (!code.IsSuccess || writes.Length == 0)
            {
                return code;
            }

            revision = new Revision(Put(writes));
            for (int i = 0; i < writes.Length; i++)
            {
                ref Write write = ref writes[i];
                write.Node!.Published(revision.Value, access.Writer);
                if (write.Node.Interests == Interests.None && !core.IsRecorded)
                {
                    continue;
                }

                write.Change = publisher.Notify(write.Node, write.Definition!, access.Writer, i < writes.Length - 1, ref work);
                write.Inline = work.Inline;
            }
        }

        core.Start(work);
        foreach (ref Write write in writes.AsSpan())
        {
            if (write.Inline)
            {
                write.Node!.Inline.Deliver(core, write.Node, write.Change, revision.Value);
            }
        }

        return ErrorCode.Success;
    }

    // All begin before the first ends: a reader that sees one of the new values waits for, or sees, the others.
    private long Put(Write[] writes)
    {
        long next = core.Revision + 1;
        foreach (ref Write write in writes.AsSpan())
        {
            core.Table.Changing(write.Node!);
            write.Definition!.BeginWrite();
        }

        foreach (ref Write write in writes.AsSpan())
        {
            if (write.Value.IsBytes)
            {
                write.Definition!.PutBytes(write.Room!, write.Value.Bytes.Span, next);
            }
            else
            {
                write.Definition!.PutInt(write.Value.Int, next);
            }
        }

        // The revision is visible in between: a reader that sees it waits for, or sees, the values.
        Volatile.Write(ref core.Revision, next);
        foreach (ref Write write in writes.AsSpan())
        {
            write.Definition!.EndWrite();
        }

        return next;
    }

    // Every refusal comes before the first change.
    private ErrorCode Check((PropertyNode? Node, long Expected)[] conditions, Write[] writes, Access access)
    {
        core.ThrowIfDisposed();
        foreach ((PropertyNode? node, long expected) in conditions)
        {
            Definition? definition = node?.Current;
            ErrorCode code = reader.Check(definition, access);
            if (!code.IsSuccess || definition!.Revision != expected)
            {
                return code.IsSuccess ? ErrorCode.Changed : code;
            }
        }

        foreach (ref Write write in writes.AsSpan())
        {
            ErrorCode code = publisher.TryPrepare(
                write.Node, access, write.Value.IsBytes, write.Value.Bytes.Length, Publisher.AnyRevision, out write.Definition, out _);
            if (!code.IsSuccess)
            {
                return code;
            }

            // The array of the property is used if it is large enough, so that its size stays.
            write.Room = write.Value.IsBytes ? write.Definition!.RoomFor(write.Value.Bytes.Length) ?? write.Room : null;
            if (write.Value.IsBytes && write.Room is null)
            {
                return ErrorCode.NoMemory;
            }
        }

        return ErrorCode.Success;
    }

    /// <summary>One value of a batch.</summary>
    private struct Write
    {
        public PropertyNode? Node;
        public Definition? Definition;
        public PropertyValue Value;
        public byte[]? Room;
        public PropertyChange Change;
        public bool Inline;
    }
}
