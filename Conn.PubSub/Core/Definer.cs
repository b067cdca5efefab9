using Conn.PubSub.Delivering;
using Conn.PubSub.Replication;
using Conn.PubSub.Security;

namespace Conn.PubSub.Core;

/// <summary>Defines and deletes properties, and ends clients.</summary>
internal sealed class Definer(StoreCore core, Publisher publisher)
{
    private const int PartsBetweenPauses = 8;

    public ErrorCode TryDefine(Access access, PropertyName name, PropertyDefinition shape)
    {
        ClientIdentity identity = access.Identity;
        name = OwnName(identity, name);
        ErrorCode illegal = Check(identity, name, shape);
        if (!illegal.IsSuccess)
        {
            return illegal;
        }

        DeleteEnded(access, name);

        // Allocated before the lock is taken.
        if (core.TryAllocate(shape.Preallocate) is not { } room)
        {
            return ErrorCode.NoMemory;
        }

        var work = default(PendingWork);
        PropertyNode? node;
        lock (core.Lock)
        {
            core.ThrowIfDisposed();

            // In the hold in which the definition appears: the end of the client comes before it and refuses it, or after it and deletes it.
            ObjectDisposedException.ThrowIf(access.Client.HasEnded, typeof(PropertyClient));
            node = core.Table.FindOrAdd(name);
            if (node is null)
            {
                return ErrorCode.NoMemory;
            }

            if (node.Definition is not null)
            {
                return ErrorCode.AlreadyExists;
            }

            Appear(access, node, shape, room, ref work);
        }

        core.Start(work);
        if (work.Inline)
        {
            node.Inline.DeliverCurrent(core, node);
        }

        return ErrorCode.Success;
    }

    public ErrorCode TryDelete(Access access, PropertyName name)
    {
        name = OwnName(access.Identity, name);
        var work = default(PendingWork);
        PropertyNode? node;
        PropertyChange change;
        lock (core.Lock)
        {
            core.ThrowIfDisposed();
            node = core.Table.Find(name);
            if (node?.Current is not { } definition)
            {
                return ErrorCode.NotFound;
            }

            if (core.Enforces && definition.Owner != access.Identity.SecureId)
            {
                return ErrorCode.PermissionDenied;
            }

            definition.LeaveClient();
            change = Delete(node, definition, access.Writer, ref work);
        }

        publisher.Deliver(node, work, change);
        return ErrorCode.Success;
    }

    /// <summary>Ends a client: at once for all readers, then part by part, so that no publisher waits for a client that has much.</summary>
    public void EndClient(ClientState client)
    {
        lock (core.Lock)
        {
            client.End();
        }

        for (int ended = 1; TryEndFirstPart(client); ended++)
        {
            if (ended % PartsBetweenPauses == 0)
            {
                StoreCore.GiveWay();
            }
        }
    }

    /// <summary>Ends all observations and subscriptions of a node. Under the lock.</summary>
    public void EndAll(PropertyNode node, ref PendingWork work)
    {
        core.Completions.Take(node, ErrorCode.Cancel, ref work);
        var end = new StreamEnd(false, node.First(), node.Last(), node.LastRevision);
        foreach (Observation observation in Observations(node))
        {
            observation.End(end);
        }

        Publisher.Wake(node, ref work);
    }

    /// <summary>All observations of a node. Under the lock.</summary>
    public static IEnumerable<Observation> Observations(PropertyNode node)
    {
        if (node.HasInline)
        {
            ObserverList<InlineObservation>.Snapshot inline = node.Inline.Observers.All;
            for (int place = 0; place < inline.Count; place++)
            {
                if (inline[place] is { } observation)
                {
                    yield return observation;
                }
            }
        }

        foreach (FanOut fanOut in node.Queued)
        {
            ObserverList<Turn>.Snapshot turns = fanOut.Turns;
            for (int place = 0; place < turns.Count; place++)
            {
                if (turns[place]?.Taker is Observation observation)
                {
                    yield return observation;
                }
            }
        }
    }

    // One at a time: what the end of a part has claimed, an observer that is called because of another one must not keep.
    private bool TryEndFirstPart(ClientState client)
    {
        Action? left;
        lock (core.Lock)
        {
            if (client.TakeFirst() is not { } part)
            {
                return false;
            }

            left = part.EndWithClient();
        }

        left?.Invoke();
        return true;
    }

    private static PropertyName OwnName(ClientIdentity identity, PropertyName name) =>
        name.Category == PropertyName.OwnCategory ? name with { Category = identity.SecureId.Value } : name;

    private ErrorCode Check(ClientIdentity identity, PropertyName name, PropertyDefinition shape) =>
        shape.Preallocate < 0 ? ErrorCode.Argument
        : shape.Preallocate > PropertyLimits.MaxLargeByteArrayBytes ? ErrorCode.TooBig
        : core.Enforces && name == SystemProperties.BackupRestoreKey && identity.SecureId != SecureId.Engine ? ErrorCode.AccessDenied
        : !MayDefine(identity, name) ? ErrorCode.PermissionDenied
        : !shape.Read.IsWellFormed || !shape.Write.IsWellFormed ? ErrorCode.Argument
        : (uint)shape.Type > (uint)PropertyType.LargeByteArray || (shape.Type == PropertyType.Int && shape.Preallocate != 0) ? ErrorCode.Argument
        : (uint)shape.Lifetime > (uint)PropertyLifetime.Persisted ? ErrorCode.Argument
        : shape.Type == PropertyType.ByteArray && shape.Preallocate > PropertyLimits.MaxByteArrayBytes ? ErrorCode.TooBig
        : shape.Lifetime == PropertyLifetime.Persisted && core.Persistence is null ? ErrorCode.NotSupported
        : ErrorCode.Success;

    // The engine needs no capability for the key of the host's mode, which no other identity may define.
    private bool MayDefine(ClientIdentity identity, PropertyName name) =>
        !core.Enforces
        || name.Category == identity.SecureId.Value
        || name == SystemProperties.BackupRestoreKey
        || (name.Category < SystemProperties.SecurityThresholdCategory && identity.Capabilities.Contains(Capability.WriteDeviceData));

    private void Appear(Access access, PropertyNode node, PropertyDefinition shape, byte[] room, ref PendingWork work)
    {
        bool ofClient = shape.Lifetime == PropertyLifetime.Client;
        var definition = new Definition(shape, access.Identity.SecureId, core.Enforces, room, ofClient ? access.Client : null)
        {
            Delete = ofClient ? () => DeleteWithClient(node, access.Writer) : null,
        };
        core.Table.Changing(node);

        // Subscribers that came before there was a policy are checked in the same hold.
        EndRefused(node, definition, ref work);
        node.Definition = definition;
        foreach (ReplicaLink link in node.Links)
        {
            link.Defined(ref work);
        }

        if (ofClient)
        {
            access.Client.Add(definition);
        }

        if (definition.IsPersisted)
        {
            node.Interests = Interests.Any;
            core.Persistence!.Note(node, ref work);
        }
    }

    // What belongs to a client that has ended is undefined already: it does not stand in the way of a new definition.
    private void DeleteEnded(Access access, PropertyName name)
    {
        var work = default(PendingWork);
        PropertyNode? node = core.Table.Find(name);
        PropertyChange change;
        lock (core.Lock)
        {
            if (node?.Definition is not { HasEnded: true } ended)
            {
                return;
            }

            ended.LeaveClient();
            change = Delete(node, ended, access.Writer, ref work);
        }

        publisher.Deliver(node, work, change);
    }

    private PropertyChange Delete(PropertyNode node, Definition definition, int writer, ref PendingWork work)
    {
        core.Table.Changing(node);
        node.Definition = null;
        long revision = core.Revision + 1;
        Volatile.Write(ref core.Revision, revision);
        node.Published(revision, writer);
        var change = PropertyChange.Deleted(revision, writer);
        publisher.Notify(node, definition, change, ErrorCode.NotFound, more: false, ref work);
        core.Table.RemoveIfUnused(node);
        return change;
    }

    private Action? DeleteWithClient(PropertyNode node, int writer)
    {
        if (node.Definition is not { HasEnded: true } definition)
        {
            return null;
        }

        var work = default(PendingWork);
        PropertyChange change = Delete(node, definition, writer, ref work);
        return () => publisher.Deliver(node, work, change);
    }

    /// <summary>Ends the subscribers that a new definition refuses. Under the lock.</summary>
    public void EndRefused(PropertyNode node, Definition definition, ref PendingWork work)
    {
        core.Completions.TakeRefused(node, definition, ref work);
        StreamEnd? end = null;
        foreach (Observation observation in Observations(node))
        {
            if (observation.IsRefusedBy(definition))
            {
                end ??= new StreamEnd(true, node.First(), node.Last(), node.LastRevision);
                observation.End(end);
            }
        }

        if (end is not null)
        {
            Publisher.Wake(node, ref work);
        }
    }
}
