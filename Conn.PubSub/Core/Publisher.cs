using Conn.PubSub.Delivering;
using Conn.PubSub.Replication;

namespace Conn.PubSub.Core;

/// <summary>Publishes single values, and notifies the subscribers of a changed property.</summary>
internal sealed class Publisher(StoreCore core)
{
    /// <summary>In place of an expected revision: any.</summary>
    public const long AnyRevision = -1;

    private readonly Lock _lock = core.Lock;

    public ErrorCode TrySet(PropertyNode node, Access access, int value, long expected, out Revision revision)
    {
        // Nothing from here to the exits throws; what could is left to the slow path.
        _lock.Enter();
        if (node.Interests == Interests.Any || core.IsRecorded || expected != AnyRevision
            || node.Definition is not { Type: PropertyType.Int, HasEnded: false } definition || !access.MayWrite(definition))
        {
            return SetSlowly(node, access, value, expected, out revision);
        }

        long next = core.Revision + 1;
        definition.WriteInt(value, next, ref core.Revision);
        node.Published(next, access.Writer);
        revision = new Revision(next);
        if (node.Interests == Interests.None)
        {
            _lock.Exit();
            return ErrorCode.Success;
        }

        InlineDelivery inline = node.Inline;
        bool claimed = inline.TryClaim();
        _lock.Exit();
        if (claimed)
        {
            inline.Deliver(core, node, PropertyChange.OfInt(value, next, access.Writer), next);
        }

        return ErrorCode.Success;
    }

    public ErrorCode TrySet(PropertyNode node, Access access, ReadOnlySpan<byte> value, long expected, out Revision revision)
    {
        var work = default(PendingWork);
        PropertyChange change;
        lock (_lock)
        {
            ErrorCode code = TryPrepare(node, access, bytes: true, value.Length, expected, out Definition? definition, out revision);
            if (!code.IsSuccess)
            {
                return code;
            }

            if ((definition!.RoomFor(value.Length) ?? core.TryAllocate(value.Length)) is not { } room)
            {
                return ErrorCode.NoMemory;
            }

            core.Table.Changing(node);
            definition.WriteBytes(room, value, core.Revision + 1, ref core.Revision);
            node.Published(core.Revision, access.Writer);
            revision = new Revision(core.Revision);
            if (node.Interests == Interests.None && !core.IsRecorded)
            {
                return ErrorCode.Success;
            }

            change = Notify(node, definition, access.Writer, more: false, ref work);
        }

        Deliver(node, work, change);
        return ErrorCode.Success;
    }

    /// <summary>Collects what a published value must start. Under the lock.</summary>
    /// <param name="node">The property.</param>
    /// <param name="definition">Its definition.</param>
    /// <param name="writer">The client that published.</param>
    /// <param name="more">Whether the same revision has another property.</param>
    /// <param name="work">Receives what to start.</param>
    /// <returns>The element, with bytes only if an observer gets them.</returns>
    public PropertyChange Notify(PropertyNode node, Definition definition, int writer, bool more, ref PendingWork work)
    {
        PropertyChange change = definition.Type == PropertyType.Int || node.NeedsElement
            ? definition.Snapshot(writer)
            : PropertyChange.OfBytes(definition.Type, [], definition.Revision, writer);
        Notify(node, definition, change, ErrorCode.Success, more, ref work);
        return change;
    }

    /// <summary>As the other, for an element that exists.</summary>
    public void Notify(PropertyNode node, Definition? definition, in PropertyChange change, ErrorCode code, bool more, ref PendingWork work)
    {
        core.Completions.Take(node, code, ref work);
        node.Ring?.Add(change);
        if (node.Filtered is { } filtered)
        {
            Offer(filtered.Current, change);
        }

        Wake(node, ref work);
        if (core.Watches.IsRecording)
        {
            core.Watches.Record(node.Name, definition!, change, more, ref work);
        }

        foreach (ReplicaLink link in node.Links)
        {
            link.Changed(change, ref work);
        }

        if (definition is { IsPersisted: true })
        {
            core.Persistence!.Note(node, ref work);
        }

        node.ComputeInterests(definition);
    }

    /// <summary>Queues the observers of a node, and claims the delivery to its inline observers. Under the lock.</summary>
    public static void Wake(PropertyNode node, ref PendingWork work)
    {
        foreach (FanOut fanOut in node.Queued)
        {
            fanOut.Dispatcher.Enqueue(fanOut, ref work);
        }

        work.Inline = node.HasInline && node.Inline.TryClaim();
    }

    /// <summary>Starts the work of one changed property. Outside the lock.</summary>
    public void Deliver(PropertyNode node, in PendingWork work, in PropertyChange change)
    {
        core.Start(work);
        if (work.Inline)
        {
            node.Inline.Deliver(core, node, change, change.Revision.Value);
        }
    }

    /// <summary>Checks a publish: NotFound, PermissionDenied, Argument, TooBig, Changed. Under the lock.</summary>
    public ErrorCode TryPrepare(
        PropertyNode? node, Access access, bool bytes, int length, long expected, out Definition? definition, out Revision found)
    {
        found = Revision.None;
        definition = node?.Current;
        if (definition is null)
        {
            core.ThrowIfDisposed();
            return ErrorCode.NotFound;
        }

        ErrorCode code = access.MayWrite(definition) ? definition.Accepts(bytes, length) : ErrorCode.PermissionDenied;
        if (code.IsSuccess && expected != AnyRevision && definition.Revision != expected)
        {
            found = new Revision(definition.Revision);
            return ErrorCode.Changed;
        }

        return code;
    }

    private static void Offer(ObserverList<BufferedObservation>.Snapshot observers, in PropertyChange change)
    {
        for (int place = 0; place < observers.Count; place++)
        {
            observers[place]?.Offer(change);
        }
    }

    // Refusals, conditions, and subscribers other than inline observers. Called with the lock held; releases it.
    private ErrorCode SetSlowly(PropertyNode node, Access access, int value, long expected, out Revision revision)
    {
        var work = default(PendingWork);
        PropertyChange change;
        try
        {
            ErrorCode code = TryPrepare(node, access, bytes: false, 0, expected, out Definition? definition, out revision);
            if (!code.IsSuccess)
            {
                return code;
            }

            core.Table.Changing(node);
            long next = core.Revision + 1;
            definition!.WriteInt(value, next, ref core.Revision);
            node.Published(next, access.Writer);
            revision = new Revision(next);
            change = PropertyChange.OfInt(value, next, access.Writer);
            Notify(node, definition, change, ErrorCode.Success, more: false, ref work);
        }
        finally
        {
            _lock.Exit();
        }

        Deliver(node, work, change);
        return ErrorCode.Success;
    }
}
