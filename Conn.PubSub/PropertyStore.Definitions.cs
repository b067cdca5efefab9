using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    internal ErrorCode Define(
        Access access, PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write, int preallocate, PropertyLifetime lifetime)
    {
        ClientIdentity identity = access.Identity;
        name = OwnName(identity, name);
        ErrorCode illegal =
            preallocate < 0 ? ErrorCode.Argument
            : preallocate > PropertyLimits.MaxLargeByteArrayBytes ? ErrorCode.TooBig
            : IsReservedFrom(identity, name) ? ErrorCode.AccessDenied
            : !MayDefine(identity, name) ? ErrorCode.PermissionDenied
            : !read.IsWellFormed || !write.IsWellFormed ? ErrorCode.Argument
            : (uint)type > (uint)PropertyType.LargeByteArray || (type == PropertyType.Int && preallocate != 0) ? ErrorCode.Argument
            : (uint)lifetime > (uint)PropertyLifetime.Persisted ? ErrorCode.Argument
            : type == PropertyType.ByteArray && preallocate > PropertyLimits.MaxByteArrayBytes ? ErrorCode.TooBig
            : lifetime == PropertyLifetime.Persisted && _persisted is null ? ErrorCode.NotSupported
            : ErrorCode.None;
        if (!illegal.IsNone)
        {
            return illegal;
        }

        // Set aside before the gate is entered; a definition that finds another in place has nothing to give back.
        return TryAllocate(preallocate) is { } room
            ? DefineUnchecked(access, name, new Definition(type, read, write, identity.SecureId, _enforce, room, lifetime, access.Client), false)
            : ErrorCode.NoMemory;
    }

    /// <summary>Defines without asking for the right to; the same definition in place is a success.</summary>
    internal ErrorCode DefineOwn(Access access, PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write) =>
        DefineUnchecked(access, name, new Definition(type, read, write, access.Identity.SecureId, _enforce, [], PropertyLifetime.Store, access.Client), true);

    internal ErrorCode Delete(Access access, PropertyName name)
    {
        name = OwnName(access.Identity, name);
        var announcement = default(Announcement);
        PropertyNode? node;
        PropertyChange change;
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_nodes.TryGetValue(name, out node) || node.Definition is not { } definition)
            {
                return ErrorCode.NotFound;
            }

            if (_enforce && definition.Owner != access.Identity.SecureId)
            {
                return ErrorCode.PermissionDenied;
            }

            change = Delete(node, definition, access.Client, ref announcement);
        }

        CarryOut(announcement);
        node.Inline.Deliver(this, node, announcement, change, change.Stamp.Value);
        return ErrorCode.None;
    }

    /// <summary>Deletes what was defined to last as long as a client.</summary>
    internal void EndClient(Access access)
    {
        int client = access.Client;
        var announcement = default(Announcement);
        var deliveries = new List<InlineDelivery>();
        using (Gate.Take())
        {
            access.HasEnded = true;
            foreach (PropertyNode node in _nodes.Values)
            {
                if (node.Definition is { Lifetime: PropertyLifetime.Client } definition && definition.Client == client)
                {
                    PropertyChange change = Delete(node, definition, client, ref announcement);
                    InlineDelivery.Note(deliveries, node, ref announcement, change, change.Stamp.Value);
                }
            }
        }

        CarryOut(announcement);
        deliveries.ForEach(d => d.Deliver(this));
    }

    /// <summary>Starts what was noted, but for the inline calls. Outside the gate.</summary>
    internal void CarryOut(in Announcement announcement)
    {
        Dispatcher? dispatcher = announcement.Dispatchers;
        while (dispatcher is not null)
        {
            // The link is free for others as soon as the dispatcher runs.
            Dispatcher? next = dispatcher.NextToStart;
            dispatcher.NextToStart = null;
            dispatcher.Start();
            dispatcher = next;
        }

        if (announcement.Completions)
        {
            _completions.Start();
        }

        if (announcement.Persist)
        {
            _persisted!.Wake();
        }
    }

    private static PropertyName OwnName(ClientIdentity identity, PropertyName name) =>
        name.Category == PropertyName.OwnCategory ? name with { Category = identity.SecureId.Value } : name;

    /// <summary>The key of the host's mode: whoever defined it first could set the mode, so nobody but the engine may.</summary>
    private bool IsReservedFrom(ClientIdentity identity, PropertyName name) =>
        _enforce && name == SystemProperties.BackupRestoreKey && identity.SecureId != SecureId.Engine;

    private bool MayDefine(ClientIdentity identity, PropertyName name) =>
        !_enforce
        || name.Category == identity.SecureId.Value
        || (name.Category < SystemProperties.SecurityThresholdCategory && identity.Capabilities.Contains(Capability.WriteDeviceData));

    private ErrorCode DefineUnchecked(Access access, PropertyName name, Definition definition, bool sameIsFine)
    {
        var announcement = default(Announcement);
        PropertyNode? node;
        using (Gate.Take())
        {
            ObjectDisposedException.ThrowIf(_disposed, this);

            // In the same hold as the definition: the end of the client comes before it, and refuses it, or after it, and deletes it.
            ObjectDisposedException.ThrowIf(access.HasEnded, typeof(PropertyClient));
            node = Node(name);
            if (node is null)
            {
                return ErrorCode.NoMemory;
            }

            if (node.Definition is { } other)
            {
                return sameIsFine && other.IsSame(definition) ? ErrorCode.None : ErrorCode.AlreadyExists;
            }

            // Who waited before there was a policy is asked now, in the same hold in which the definition appears.
            EndAll(node, Ending.Denied, definition, ErrorCode.PermissionDenied, ref announcement);
            node.Definition = definition;
            if (definition.Lifetime == PropertyLifetime.Persisted)
            {
                node.Reach = Reach.More;
                NoteUnstored(node, ref announcement);
            }
        }

        CarryOut(announcement);
        node.Inline.Deliver(this, node, announcement, default, Observation.Nothing);
        return ErrorCode.None;
    }

    private PropertyChange Delete(PropertyNode node, Definition definition, int client, ref Announcement announcement)
    {
        node.Definition = null;
        long stamp = _revision + 1;
        Volatile.Write(ref _revision, stamp);
        node.Published(stamp, client, delete: true);
        var change = PropertyChange.Deleted(stamp, client);
        Spread(node, definition, change, ErrorCode.NotFound, false, ref announcement);
        Forget(node);
        return change;
    }

    /// <summary>Ends every subscription and observation of a node, or those a new definition refuses. Under the gate.</summary>
    private void EndAll(PropertyNode node, Ending ending, Definition? definition, ErrorCode code, ref Announcement announcement)
    {
        _completions.TakeRefused(node.Pending, definition, code, ref announcement);
        bool ended = node.Inline.End(ending, definition);
        foreach (QueuedFanOut fanOut in node.Queued)
        {
            ended |= fanOut.End(ending, definition);
        }

        if (ended)
        {
            Announce(node, ref announcement);
        }
    }

    /// <summary>Notes whom a change of the node concerns. Under the gate.</summary>
    private static void Announce(PropertyNode node, ref Announcement announcement)
    {
        foreach (QueuedFanOut fanOut in node.Queued)
        {
            fanOut.Dispatcher.Enqueue(fanOut, ref announcement);
        }

        node.Inline.TakeRole(ref announcement);
    }
}
