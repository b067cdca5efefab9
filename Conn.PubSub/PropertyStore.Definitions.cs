using Conn.PubSub.Observables;
using Conn.PubSub.Security;

namespace Conn.PubSub;

public sealed partial class PropertyStore
{
    internal ErrorCode Define(
        ClientIdentity identity, PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write, int preallocate)
    {
        name = OwnName(identity, name);
        ErrorCode illegal =
            preallocate < 0 ? ErrorCode.Argument
            : preallocate > PropertyLimits.MaxLargeByteArrayBytes ? ErrorCode.TooBig
            : !MayDefine(identity, name) ? ErrorCode.PermissionDenied
            : !read.IsWellFormed || !write.IsWellFormed ? ErrorCode.Argument
            : (uint)type > (uint)PropertyType.LargeByteArray || (type == PropertyType.Int && preallocate != 0) ? ErrorCode.Argument
            : type == PropertyType.ByteArray && preallocate > PropertyLimits.MaxByteArrayBytes ? ErrorCode.TooBig
            : ErrorCode.None;
        return illegal.IsNone ? DefineUnchecked(name, new Definition(type, read, write, identity.SecureId, _enforce, preallocate), false) : illegal;
    }

    /// <summary>Defines without asking for the right to; the same definition in place is a success.</summary>
    internal ErrorCode DefineOwn(ClientIdentity identity, PropertyName name, PropertyType type, SecurityPolicy read, SecurityPolicy write) =>
        DefineUnchecked(name, new Definition(type, read, write, identity.SecureId, _enforce, 0), true);

    internal ErrorCode Delete(ClientIdentity identity, PropertyName name)
    {
        name = OwnName(identity, name);
        var announcement = default(Announcement);
        PropertyNode? node;
        long stamp;
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_nodes.TryGetValue(name, out node) || node.Definition is not { } definition)
            {
                return ErrorCode.NotFound;
            }

            if (_enforce && definition.Owner != identity.SecureId)
            {
                return ErrorCode.PermissionDenied;
            }

            node.Definition = null;
            stamp = ++_revision;
            node.LastStamp = stamp;
            node.LastWasDelete = true;
            _completions.Take(node.Pending, ErrorCode.NotFound, ref announcement);
            Announce(node, ref announcement);
            Forget(node);
        }

        CarryOut(announcement);
        node.Inline.Drain(this, node, announcement.Inline, PropertyChange.Deleted(stamp), stamp);
        return ErrorCode.None;
    }

    private static PropertyName OwnName(ClientIdentity identity, PropertyName name) =>
        name.Category == PropertyName.OwnCategory ? name with { Category = identity.SecureId.Value } : name;

    private bool MayDefine(ClientIdentity identity, PropertyName name) =>
        !_enforce
        || name.Category == identity.SecureId.Value
        || (name.Category < SystemProperties.SecurityThresholdCategory && identity.Capabilities.Contains(Capability.WriteDeviceData));

    private ErrorCode DefineUnchecked(PropertyName name, Definition definition, bool sameIsFine)
    {
        var announcement = default(Announcement);
        PropertyNode? node;
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            node = Node(name);
            if (node.Definition is { } other)
            {
                return sameIsFine && other.IsSame(definition) ? ErrorCode.None : ErrorCode.AlreadyExists;
            }

            // Who waited before there was a policy is asked now, in the same hold in which the definition appears.
            EndAll(node, Ending.Denied, definition, ErrorCode.PermissionDenied, ref announcement);
            node.Definition = definition;
        }

        CarryOut(announcement);
        node.Inline.Drain(this, node, announcement.Inline, default, Observation.Nothing);
        return ErrorCode.None;
    }

    /// <summary>Ends every subscription and observation of a node, or those a new definition refuses. Under the gate.</summary>
    private void EndAll(PropertyNode node, Ending ending, Definition? definition, ErrorCode code, ref Announcement announcement)
    {
        _completions.TakeRefused(node.Pending, definition, code, ref announcement);
        bool inlineEnded = node.Inline.End(ending, definition);
        bool queuedEnded = false;
        foreach (QueuedFanOut fanOut in node.Queued)
        {
            queuedEnded |= fanOut.End(ending, definition);
        }

        if (inlineEnded || queuedEnded)
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

        announcement.Inline = node.Inline.TakeRole();
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
    }
}
